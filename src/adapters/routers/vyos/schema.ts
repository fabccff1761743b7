import { z } from 'zod';

/** Options of the `vyos` driver. */
export const vyosOptionsSchema = z.strictObject({
  /** Detour's own mark: the `description` of its static routes. No other routes on this device may carry it. */
  description: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be of small letters, digits and dashes')
    .default('detour'),
  /**
   * The device's own way back (`commit-confirm`), which needs `system config-management commit-confirm action reload`:
   * `auto` uses it where the device has that, `required` refuses to change anything without it, `off` never uses it.
   */
  undo: z.enum(['auto', 'required', 'off']).default('auto'),
  /** Saves the configuration after each change, so that a restart keeps it. */
  save: z.boolean().default(false),
});

export type VyosOptions = z.infer<typeof vyosOptionsSchema>;
