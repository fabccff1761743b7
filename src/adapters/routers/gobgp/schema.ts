import { z } from 'zod';
import { narrowOptions } from '../narrow-options.ts';

/** A community that may be ours: `ASN:NUMBER`, both of 16 bits (RFC 1997). */
export const communitySchema = z
  .string()
  .regex(/^\d{1,5}:\d{1,5}$/, 'must be a community such as 64512:6310')
  .refine((text) => text.split(':').every((part) => Number(part) <= 65_535), {
    error: 'both halves of a community are at most 65535',
  })
  // RFC 1997 and RFC 7999 give these a meaning that our mark must not have.
  .refine((text) => !text.startsWith('65535:') && !text.startsWith('0:'), {
    error: 'communities that begin with 0: or 65535: are reserved',
  });

/** Diverts chosen TCP ports alone, by FlowSpec. */
const narrowSchema = z.strictObject(narrowOptions);

export type NarrowOptions = z.infer<typeof narrowSchema>;

/** Options of the `gobgp` driver. */
export const gobgpOptionsSchema = z.strictObject({
  /** Detour's own mark: a community on every route that it injects, and on no other. */
  community: communitySchema.default('64512:6310'),
  /** More communities for every route, as your routers' policies want them. NO_EXPORT (RFC 1997) is always among them. */
  communities: z.array(communitySchema).max(16).default([]),
  /** Addresses of the neighbours that must have been sent a route before it counts as installed; all neighbours unless said. */
  neighbours: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(64)
    .default([]),
  /**
   * Port on this machine of another GoBGP that hears the routes from the routers: a route then counts as installed only
   * when that one has it too.
   */
  witnessPort: z.number().int().min(1).max(65_535).optional(),
  /**
   * Flows (FlowSpec, RFC 8955) that are redirected to the next hop, instead of host routes: only for routers that take
   * them and honour the redirection to an address. `narrow: {}` diverts TCP 80 and 443.
   */
  narrow: narrowSchema.optional(),
});

export type GobgpOptions = z.infer<typeof gobgpOptionsSchema>;

/** A community as the 32 bits that go over the wire. */
export function communityNumber(text: string): number {
  const [high = 0, low = 0] = text.split(':').map(Number);
  return high * 65_536 + low;
}
