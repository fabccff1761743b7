import { z } from 'zod';

/** Options of the `junos` driver. */
export const junosOptionsSchema = z.strictObject({
  /** Detour's own mark: the `tag` of its static routes. No other routes on this device may carry it. */
  tag: z.number().int().min(1).max(4_294_967_295).default(6310),
  /**
   * `confirmed` commits so that the device goes back by itself unless the change is confirmed (`commit confirmed`);
   * `off` commits for good at once.
   */
  undo: z.enum(['confirmed', 'off']).default('confirmed'),
});

export type JunosOptions = z.infer<typeof junosOptionsSchema>;
