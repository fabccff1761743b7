import { z } from 'zod';

/** Options of the `linux` driver. */
export const linuxOptionsSchema = z.strictObject({
  /**
   * Detour's own mark: the route protocol number (rtnetlink(7), 5 to 255), which the kernel keeps with each route and
   * compares on removal. Numbers that another daemon uses (see /etc/iproute2/rt_protos) would make its routes look ours.
   */
  protocol: z.number().int().min(5).max(255).default(201),
  /** Routing table: its number, or `main`. */
  table: z.union([z.literal('main'), z.number().int().min(1).max(4_294_967_295)]).default('main'),
  /** Runs changes through `sudo -n`; reading never needs it. */
  sudo: z.boolean().default(false),
  /**
   * `timer`: a change that nobody confirms is taken back by a timer on the router itself.
   * `off`: changes stand at once; for accounts that may not leave a process behind.
   */
  undo: z.enum(['timer', 'off']).default('timer'),
});

export type LinuxOptions = z.infer<typeof linuxOptionsSchema>;
