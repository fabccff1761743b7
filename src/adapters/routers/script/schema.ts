import { z } from 'zod';

const word = z
  .string()
  .min(1)
  .max(400)
  .regex(/^[\x20-\x7E]+$/, 'must be printable ASCII on one line');

/** Options of the `script` driver. */
export const scriptOptionsSchema = z.strictObject({
  /** The program and its own arguments, each a word of its own; Detour puts the verb behind them. No shell reads them. */
  command: z
    .array(word)
    .min(1)
    .max(16)
    .refine(
      ([program]) => program?.startsWith('/'),
      'must begin with the absolute path of a program',
    ),
  /** The program knows `try`, `confirm` and `cancel`: changes that it takes back by itself. */
  undo: z.boolean().default(false),
  /** The program keeps the term of the controller that acts, and refuses older ones. */
  terms: z.boolean().default(false),
  /** One run may take this long; then the program is stopped and the outcome counts as unknown. */
  timeLimitSeconds: z.number().int().min(1).max(30).default(30),
});

export type ScriptOptions = z.infer<typeof scriptOptionsSchema>;
