import type { z } from 'zod';
import { siteSchema } from '../../config/schema/site-schema.ts';

/** A site as a request describes it: the shape of the configuration file, with the name in the path. */
export const siteInputSchema = siteSchema
  .omit({ name: true })
  .describe('A site, in the shape of the configuration file; its name stands in the path.');
export type SiteInput = z.output<typeof siteInputSchema>;
