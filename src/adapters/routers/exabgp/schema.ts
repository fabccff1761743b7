import { z } from 'zod';
import { communitySchema } from '../gobgp/schema.ts';

/** Options of the `exabgp` driver. */
export const exabgpOptionsSchema = z.strictObject({
  /** ExaBGP's named pipes, without `.in` and `.out` (`exabgp.api.pipename` in its folder). */
  pipe: z
    .string()
    .max(200)
    .regex(
      /^\/[A-Za-z0-9_./-]+$/,
      'must be an absolute path of letters, digits, dots, dashes and underscores',
    )
    .default('/run/exabgp/exabgp'),
  /** Detour's own mark: a community on every route that it announces, and on no other. */
  community: communitySchema.default('64512:6310'),
  /** More communities for every route, as your routers' policies want them. NO_EXPORT (RFC 1997) is always among them. */
  communities: z.array(communitySchema).max(16).default([]),
  /** Addresses of the neighbours that must be told a route before it counts as installed; all neighbours unless said. */
  neighbours: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(64)
    .default([]),
  /**
   * Port on this machine of a GoBGP that hears the routes from the routers: a route counts as installed only when it
   * stands there too. ExaBGP has no table of its own that would prove anything.
   */
  witnessPort: z.number().int().min(1).max(65_535),
});

export type ExabgpOptions = z.infer<typeof exabgpOptionsSchema>;
