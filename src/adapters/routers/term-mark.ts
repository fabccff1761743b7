import type { RoutePlan } from '../../core/route-plan.ts';

/**
 * What follows our name on a device where the term of the controller that wrote a route can stand, and by which decision
 * it did: `detour-t7-g12`.
 */
export function termMark({ term, generation }: RoutePlan): string {
  const decision = generation === undefined ? '' : `-g${generation}`;
  return term === undefined ? '' : `-t${term}${decision}`;
}

/** What may stand behind our name, as a pattern: nothing, as earlier versions and single controllers write it, or a term. */
export const markSuffix = String.raw`(-t\d{1,16}(-g\d{1,16})?)?`;

/** Our name as a pattern. */
export const namePattern = `detour${markSuffix}`;

/** The newest term among the lines of a device that carry our tag and our name, or undefined where none has one. */
export function newestTerm(lines: readonly string[], tag: number): number | undefined {
  const terms = lines.flatMap((line) => {
    const words = ` ${line.trim()} `;
    const text = / name detour-t(\d{1,16})(?:-g\d{1,16})? /.exec(words)?.[1];
    return text === undefined || !words.includes(` tag ${tag} `) ? [] : [Number(text)];
  });
  return terms.length === 0 ? undefined : Math.max(...terms);
}
