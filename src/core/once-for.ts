/**
 * A value worked out once for each object it is derived from, and forgotten with it. The object must never change:
 * the states of thousands of sites ask the same of one configuration or one reading again and again.
 */
export function onceFor<Source extends object, Value>(
  derive: (source: Source) => Value,
): (source: Source) => Value {
  const known = new WeakMap<Source, { readonly value: Value }>();
  return (source) => {
    const found = known.get(source);
    if (found !== undefined) {
      return found.value;
    }
    const value = derive(source);
    known.set(source, { value });
    return value;
  };
}
