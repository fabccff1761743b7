import { z } from 'zod';

/** Options of the `vyos` driver. */
export const vyosOptionsSchema = z.strictObject({
  /** Detour's own mark: the `description` of its static routes. No other routes on this device may carry it. */
  description: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be of small letters, digits and dashes')
    .default('detour'),
  /** Saves the configuration after each change, so that a restart keeps it. */
  save: z.boolean().default(false),
});

export type VyosOptions = z.infer<typeof vyosOptionsSchema>;
