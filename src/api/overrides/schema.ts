import { z } from 'zod';
import { overrideActions } from '../../core/override.ts';
import { reasonField } from '../http/fields.ts';

/** Shortest order, in seconds: less would end before its route is proven. */
export const minOverrideSeconds = 60;

export const overrideInputSchema = z.strictObject({
  action: z
    .enum(overrideActions)
    .describe('divert: show the notice. restore: show the origin. hold: leave it where it stands.'),
  reason: reasonField,
  expiresInSeconds: z
    .int()
    .min(minOverrideSeconds)
    .optional()
    .describe(
      'After this time automation decides again: 4 h unless said, 72 h at most unless configured otherwise.',
    ),
});
export type OverrideInput = z.infer<typeof overrideInputSchema>;

export const approveInputSchema = z.strictObject({ reason: reasonField });
