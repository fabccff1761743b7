import type { Finding } from './finding.ts';
import { pathText } from './schema-problems.ts';
import type { YamlPath } from './yaml-source.ts';

/** A hostname, a name or a probe may be used once; the second use is told, with the place of the first. */
export function duplicates(
  items: readonly { readonly key: string; readonly path: YamlPath }[],
  what: string,
  remedy: string,
): readonly Finding[] {
  const first = new Map<string, YamlPath>();
  return items.flatMap(({ key, path }): readonly Finding[] => {
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, path);
      return [];
    }
    return [{ path, what: `${what} ${key} is already used at ${pathText(before)}`, remedy }];
  });
}
