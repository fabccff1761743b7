const refPrefix = '#/components/schemas/';

/** Bounds that zod writes for every integer; they say nothing to a reader. */
const silentBounds: readonly unknown[] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

function isSilent(key: string, value: unknown, isTime: boolean): boolean {
  return (
    ((key === 'maximum' || key === 'minimum') && silentBounds.includes(value)) ||
    (key === 'pattern' && isTime)
  );
}

/** Copies a JSON value without what machines wrote for nobody: bounds of integers, and patterns where the format says it. */
function tidied(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(tidied);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const isTime = 'format' in value && value.format === 'date-time';
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => !isSilent(key, child, isTime))
      .map(([key, child]) => [key, tidied(child)]),
  );
}

function collectRefs(value: unknown, into: Set<string>): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    if (key === '$ref' && typeof child === 'string' && child.startsWith(refPrefix)) {
      into.add(child.slice(refPrefix.length));
    }
    collectRefs(child, into);
  }
}

/** The names of the schemas that some operation needs, directly or through others. */
function usedSchemas(
  paths: unknown,
  schemas: Readonly<Record<string, unknown>>,
): ReadonlySet<string> {
  const used = new Set<string>();
  collectRefs(paths, used);
  // A Set hands out what is added while it is walked, so the refs of refs are followed too.
  for (const name of used) {
    collectRefs(schemas[name], used);
  }
  return used;
}

/** Drops schemas that nothing uses: zod makes each one twice, for input and for output. */
export function tidyDocument<Document extends object>(document: Document): Document {
  if (!('components' in document) || !('paths' in document)) {
    return document;
  }
  const { components } = document;
  if (typeof components !== 'object' || components === null || !('schemas' in components)) {
    return document;
  }
  const all: Readonly<Record<string, unknown>> = { ...Object(components.schemas) };
  const used = usedSchemas(document.paths, all);
  const schemas = Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)));
  const tidy = { ...document, components: { ...components, schemas } };
  return { ...tidy, ...Object(tidied(tidy)) };
}
