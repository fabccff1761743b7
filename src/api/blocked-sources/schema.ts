import { z } from 'zod';
import { parseAddress, parsePrefix } from '../../lib/ip.ts';
import { second } from '../../lib/time.ts';
import { defaultNoticeLimits, longestBlockMs } from '../../ports/notice-limits.ts';

/** An IPv4 address as it is; the /64 of an IPv6 one, whether its length was written or not. */
function readSource(text: string): string | undefined {
  const [front = '', length = '64'] = text.split('/');
  const address = parseAddress(front);
  if (address === undefined) {
    return;
  }
  if (!address.includes(':')) {
    return text.includes('/') ? undefined : address;
  }
  return length === '64' ? parsePrefix(`${address}/64`) : undefined;
}

const source = z
  .string()
  .max(50)
  .transform((text, context): string => {
    const found = readSource(text);
    if (found === undefined) {
      const message = 'must be an IPv4 address, or an IPv6 /64 such as 2001:db8:1:2::/64';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    return found;
  });

export const blockedSourceParams = z.object({
  address: source.describe(
    'An IPv4 address, or the network of an IPv6 /64 (its length may be left out).',
  ),
});

export const blockInputSchema = z.strictObject({
  source: source.describe('An IPv4 address or an IPv6 /64.'),
  reason: z.string().trim().min(3).max(500).describe('Why; stands in the audit.'),
  expiresInSeconds: z
    .int()
    .min(1)
    .max(longestBlockMs / second)
    .default(defaultNoticeLimits.blocking.blockMs / second)
    .describe('When the block ends by itself; an hour at most.'),
});

export const blockedSourceListSchema = z
  .object({
    sources: z.array(
      z.object({
        source: z.string().describe('An IPv4 address or an IPv6 /64.'),
        expiresInSeconds: z.number(),
      }),
    ),
  })
  .meta({
    id: 'BlockedSources',
    description: 'Sources whose packets the kernel of the notice host drops.',
  });
export type BlockedSourceList = z.infer<typeof blockedSourceListSchema>;
