import { z } from 'zod';

/** Options of the `junos` driver. */
export const junosOptionsSchema = z.strictObject({
  /** `cli` needs the plain command line, `netconf` the subsystem (`set system services netconf ssh`). Both over SSH. */
  protocol: z.enum(['cli', 'netconf']).default('cli'),
  /** Detour's own mark: the `tag` of its static routes. No other routes on this device may carry it. */
  tag: z.number().int().min(1).max(4_294_967_295).default(6310),
  /** `confirmed`: each diversion is a `commit confirmed`, which the device takes back unless it is proven. `off`: plain commits. */
  undo: z.enum(['confirmed', 'off']).default('confirmed'),
});

export type JunosOptions = z.infer<typeof junosOptionsSchema>;
