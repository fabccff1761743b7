import { z } from 'zod';
import { hour, second } from '../lib/time.ts';

/**
 * How the notice process speaks to the helper of its host over a UNIX socket: one line of JSON there, one back, and
 * the end. The helper trusts none of it: whoever breaks into the notice process gains this protocol and no more.
 */
export const hostRequestSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.enum(['status', 'follow', 'blocked']) }),
  z.strictObject({
    do: z.literal('block'),
    source: z.string().max(50),
    seconds: z
      .int()
      .min(1)
      .max(hour / second),
  }),
  z.strictObject({ do: z.literal('lift'), source: z.string().max(50) }),
]);
export type HostRequest = z.infer<typeof hostRequestSchema>;

export const hostStatusSchema = z.object({
  pid: z.int(),
  generation: z.int().nullable(),
  takenAddresses: z.int(),
  blockedSources: z.int(),
  // A helper that was not yet upgraded does not say.
  refusedAddresses: z.array(z.object({ address: z.string(), why: z.string() })).default([]),
  problems: z.array(z.string()),
});

export const blockedSourceSchema = z.object({
  source: z.string(),
  expiresInSeconds: z.number(),
});

export const hostReplySchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('status'), status: hostStatusSchema }),
  z.object({ is: z.literal('blocked'), sources: z.array(blockedSourceSchema) }),
  /** `isChanged` is false when there was nothing to lift. */
  z.object({ is: z.literal('done'), isChanged: z.boolean() }),
  z.object({ is: z.literal('refused'), why: z.string() }),
]);
export type HostReply = z.infer<typeof hostReplySchema>;

/** Longest line of a request. */
export const maxHostRequestBytes = 1_024;

/** Name of the helper's socket inside the hand-over folder, unless the configuration says otherwise. */
export const hostSocketName = 'host.sock';
