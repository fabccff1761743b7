import { z } from 'zod';
import { narrowOptions } from '../narrow-options.ts';

/** Options of the `nftables` driver. */
export const nftablesOptionsSchema = z.strictObject({
  /** Detour's own mark: the nftables table (family inet) in which everything is ours. */
  table: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'must be a plain lower-case word')
    .default('detour'),
  ...narrowOptions,
  /** Runs `nft` through `sudo -n`. Reading needs the right as well. */
  sudo: z.boolean().default(false),
});

export type NftablesOptions = z.infer<typeof nftablesOptionsSchema>;
