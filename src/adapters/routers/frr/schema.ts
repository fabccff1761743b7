import { z } from 'zod';

/** Options of the `frr` driver. */
export const frrOptionsSchema = z.strictObject({
  /** Detour's own mark: the `tag` of its static routes. No other routes on this router may carry it. */
  tag: z.number().int().min(1).max(4_294_967_295).default(6310),
  /**
   * Administrative distance of our routes. FRR keeps one tag for all next hops of a prefix at one distance, so at the
   * usual distance of 1 our route would mark a hand-made one of the same prefix as ours; at a distance of its own it cannot.
   */
  distance: z.number().int().min(2).max(255).default(2),
  /**
   * What a login meets: `vtysh` itself, a shell (`sh`) in which vtysh is called, or a person's `terminal` without commands,
   * as over telnet; `auto` finds out on first use.
   */
  shell: z.enum(['auto', 'vtysh', 'sh', 'terminal']).default('auto'),
  /** Where zebra's own vty shows the route table, when `transport` leads to the vty of staticd (port 2616). */
  zebraPort: z.number().int().min(1).max(65_535).exactOptional(),
  /** Saves the configuration after each change, so that a restart of FRR keeps it. Needs the right to write its files. */
  writeMemory: z.boolean().default(false),
});

export type FrrOptions = z.infer<typeof frrOptionsSchema>;
