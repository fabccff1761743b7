import { z } from 'zod';

/** No notice host takes more than this; a larger number is a slip of the finger. */
const maxLimit = 10_000_000;

const limit = z.int().min(1).max(maxLimit);

const fields = {
  sessions: limit.describe('Sessions at once, in all.'),
  newPerSecond: limit.describe('New sessions per second, in all.'),
  siteSessions: limit.describe('Sessions at once for one site.'),
  siteNewPerSecond: limit.describe('New sessions per second for one site.'),
  sourceSessions: limit.describe('Sessions at once from one IPv4 /32 or IPv6 /64.'),
  sourceNewPerSecond: limit.describe('New sessions per second from one IPv4 /32 or IPv6 /64.'),
};

export const limitsViewSchema = z
  .object(fields)
  .meta({ id: 'Limits', description: 'Session limits of the notice plane.' });

export const limitsInputSchema = z
  .strictObject(fields)
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'name at least one limit')
  .describe('Limits that are left out keep their value.');
