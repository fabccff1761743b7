import fc from 'fast-check';

/** As much of JSON Schema as the API's document uses. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: unknown;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const nasty = [
  '',
  ' ',
  '\u0000',
  'a\r\nb',
  '\u202Eabc',
  '\ud800',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '%00',
  '$' + '{jndi:ldap://x}',
  "'; DROP TABLE sites; --",
  '<script>alert(1)</script>',
  '{"$gt":""}',
  '2026-02-30T00:00:00Z',
  '9999999999999999999999',
  '1e309',
  '192.168.80.300',
  '::ffff:192.168.80.100',
  'http://user:pass@home01.example.kr/',
  'x'.repeat(3_000),
];

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e300, [], {}, { $gt: '' }, ...nasty),
  fc.jsonValue({ maxDepth: 3 }),
);

function anyOfType(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'string':
      return fc.oneof(
        fc.constantFrom('home01', 'notice-switch', 'web', '10s', '2026-11-25T00:00:00Z', ...nasty),
        fc.string({ unit: 'binary', maxLength: 40 }),
      );
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1, 60, 600));
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(likely(schema.items ?? {}), { maxLength: 4 });
    case 'object':
      return anyObject(schema);
    default:
      return junk;
  }
}

function anyObject({ properties = {}, additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const known = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, likely(child)])),
    { requiredKeys: [] },
  );
  const others = isSchema(additionalProperties)
    ? fc.dictionary(fc.string({ maxLength: 10 }), likely(additionalProperties), { maxKeys: 3 })
    : fc.oneof(
        { weight: 9, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 10 }), junk, { maxKeys: 2 }) },
      );
  return fc.tuple(known, others).map(([own, more]) => ({ ...own, ...more }));
}

/** Values of which some fit a schema and some do not: enough of both to get past the door and to be turned away at it. */
export function likely(schema: Schema): fc.Arbitrary<unknown> {
  const fitting =
    schema.const !== undefined || schema.enum !== undefined
      ? fc.constantFrom(...(schema.enum ?? [schema.const]))
      : fc.oneof(...(schema.anyOf ?? [schema]).map(anyOfType));
  return fc.oneof({ weight: 6, arbitrary: fitting }, { weight: 1, arbitrary: junk });
}
