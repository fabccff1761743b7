import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { scriptSchemaText } from '../../../../scripts/script-schema.ts';

it('docs/script-driver.schema.json is what the code says; node scripts/generate-docs.ts makes it anew', () => {
  const text = readFileSync(
    new URL('../../../../docs/script-driver.schema.json', import.meta.url),
    'utf8',
  );

  expect(JSON.parse(text)).toEqual(JSON.parse(scriptSchemaText()));
});
