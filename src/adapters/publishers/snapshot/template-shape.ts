import { suggest } from '../../../lib/nearest.ts';

/** What is wrong with a name, and what to write instead. */
export interface NameProblem {
  readonly what: string;
  readonly remedy: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Plain data only: what a template cannot look into (a piece of HTML) is a value without parts. */
const partsOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  isRecord(value) && Object.getPrototypeOf(value) === Object.prototype ? value : undefined;

/**
 * The names that a template may say, taken from a notice that has everything.
 * Inside `{{#each}}` there is a further scope: the parts of one item; `../` leads back out.
 */
export class TemplateScope {
  readonly #value: unknown;
  readonly #outer: TemplateScope | undefined;

  constructor(value: unknown, outer?: TemplateScope) {
    this.#value = value;
    this.#outer = outer;
  }

  /** The scope of the items of a list; undefined when the name is that of something else. */
  inside(path: hbs.AST.PathExpression): TemplateScope | undefined {
    const value = this.#find(path);
    return Array.isArray(value) ? new TemplateScope(value[0], this) : undefined;
  }

  /** What is wrong with a name; undefined when there is such a value. */
  problem(path: hbs.AST.PathExpression): NameProblem | undefined {
    if (path.data || path.parts.length === 0) {
      const what = `{{${path.original}}} is not a value of a notice`;
      return { what, remedy: this.#suggest('') };
    }
    let value = this.#start(path);
    for (const part of path.parts) {
      const parts = partsOf(value);
      if (parts === undefined || !Object.hasOwn(parts, part)) {
        const what = `there is no value ${path.original}`;
        return { what, remedy: suggest(part, Object.keys(parts ?? {}).sort()) };
      }
      value = parts[part];
    }
    return undefined;
  }

  /** What the first part of a name is looked up in. */
  #start({ depth }: hbs.AST.PathExpression): unknown {
    let scope: TemplateScope | undefined = this;
    for (let left = depth; left > 0 && scope !== undefined; left -= 1) {
      scope = scope.#outer;
    }
    return scope === undefined ? undefined : scope.#value;
  }

  #find(path: hbs.AST.PathExpression): unknown {
    let value = this.#start(path);
    for (const part of path.parts) {
      value = partsOf(value)?.[part];
    }
    return value;
  }

  #suggest(word: string): string {
    return suggest(word, Object.keys(partsOf(this.#value) ?? {}).sort());
  }
}
