import { z } from 'zod';
import { brakeNames } from '../../core/brake.ts';
import { reasonField, timeField, toldField } from '../http/fields.ts';

/** How long a release lets the held sites through unless said, in seconds. */
export const defaultReleaseSeconds = 600;

/** The longest release, in seconds: a brake that stays off is no brake. */
export const maxReleaseSeconds = 3_600;

export const brakeParams = z.strictObject({ brake: z.enum(brakeNames) });

export const releaseInputSchema = z.strictObject({
  reason: reasonField,
  expiresInSeconds: z.int().min(1).max(maxReleaseSeconds).default(defaultReleaseSeconds),
});

export const brakeViewSchema = z
  .object({
    brake: z.enum(brakeNames),
    isActive: z.boolean(),
    since: timeField.nullable(),
    detail: z.string().describe('What it saw and what it holds, in one sentence.'),
    told: toldField,
    holding: z.array(z.string()).describe('Sites it holds back now.'),
    isReleasable: z.boolean().describe('Whether a person may release it.'),
    release: z
      .object({
        owner: z.string(),
        reason: z.string(),
        until: timeField,
        sites: z.array(z.string()),
      })
      .nullable(),
  })
  .meta({ id: 'Brake', description: 'A guard that holds automation back for the whole estate.' });
export type BrakeView = z.infer<typeof brakeViewSchema>;

export const brakeListSchema = z
  .object({ brakes: z.array(brakeViewSchema) })
  .meta({ id: 'BrakeList', description: 'Every brake, active or not.' });
