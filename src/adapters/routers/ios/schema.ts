import { z } from 'zod';

/** Options of the `ios` driver. */
export const iosOptionsSchema = z.strictObject({
  /** Detour's own mark: the `tag` of its static routes. No other routes on this device may carry it. */
  tag: z.number().int().min(1).max(4_294_967_295).default(6310),
  /**
   * The device's own way back (`configure terminal revert timer`), which needs `archive` with a `path`:
   * `auto` uses it where the device has it, `required` refuses to change anything without it, `off` never uses it.
   */
  undo: z.enum(['auto', 'required', 'off']).default('auto'),
  /** Saves the configuration after each lasting change, so that a reload keeps it. */
  writeMemory: z.boolean().default(false),
});

export type IosOptions = z.infer<typeof iosOptionsSchema>;
