import { z } from 'zod';

/** Options of the `eos` driver. */
export const eosOptionsSchema = z.strictObject({
  /** Detour's own mark: the `tag` of its static routes. No other routes on this device may carry it. */
  tag: z.number().int().min(1).max(4_294_967_295).default(6310),
  /**
   * `timer` commits so that the device goes back by itself unless the change is confirmed (`commit timer`);
   * `off` commits for good at once.
   */
  undo: z.enum(['timer', 'off']).default('timer'),
  /** Saves the configuration after each lasting change, so that a reload keeps it. */
  writeMemory: z.boolean().default(false),
});

export type EosOptions = z.infer<typeof eosOptionsSchema>;
