import { z } from 'zod';
import { reasonField, timeField } from '../http/fields.ts';

/** How long a broken glass holds unless said, in seconds: time to divert by hand what burns. */
export const defaultGlassSeconds = 900;

/** The longest, in seconds: whoever still needs it gives the word again. */
export const maxGlassSeconds = 3_600;

export const glassInputSchema = z.strictObject({
  reason: reasonField,
  expiresInSeconds: z.int().min(1).max(maxGlassSeconds).default(defaultGlassSeconds),
});

export const leadershipViewSchema = z
  .object({
    isLeader: z.boolean().describe('Whether the controller that answers may act by itself.'),
    isShared: z.boolean().describe('Whether several controllers share one store.'),
    isStoreUp: z.boolean(),
    leader: z
      .object({ holder: z.string(), url: z.string(), since: timeField })
      .nullable()
      .describe('The controller that led last and where it is; null when the store does not tell.'),
    breakGlass: z
      .object({ owner: z.string(), reason: z.string(), setAt: timeField, until: timeField })
      .nullable()
      .describe('While it holds, orders are carried out here without the lease.'),
  })
  .meta({ id: 'Leadership', description: 'Which of several controllers may act.' });
export type LeadershipView = z.infer<typeof leadershipViewSchema>;
