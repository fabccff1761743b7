import { z } from 'zod';
import {
  scriptAnswerSchema,
  scriptRequestSchema,
  scriptVersion,
} from '../src/adapters/routers/script/messages.ts';

/** The JSON Schema of what the `script` driver and a program of the operator say to each other. */
export function scriptSchemaText(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Detour script driver, version ${scriptVersion}`,
    description: 'request: standard input of the program. answer: its standard output.',
    $defs: {
      request: bare(scriptRequestSchema),
      answer: bare(scriptAnswerSchema),
    },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function bare(schema: z.ZodType): object {
  const { $schema: _ours, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}
