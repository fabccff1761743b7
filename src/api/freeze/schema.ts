import { z } from 'zod';
import { reasonField, timeField } from '../http/fields.ts';

export const freezeInputSchema = z.strictObject({ reason: reasonField });

export const freezeViewSchema = z
  .object({
    isFrozen: z.boolean(),
    reason: z.string().nullable(),
    owner: z.string().nullable(),
    setAt: timeField.nullable(),
  })
  .meta({ id: 'Freeze', description: 'Whether a person has stopped all automation.' });
export type FreezeView = z.infer<typeof freezeViewSchema>;
