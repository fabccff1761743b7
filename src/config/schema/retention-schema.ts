import { formatDuration } from '../../lib/duration.ts';
import { day } from '../../lib/time.ts';
import { duration, strict } from './parts.ts';

/** A drill is looked for 8 days back, and an incident is talked about for weeks: less is no history. */
const leastMs = 30 * day;

const mostMs = 3_650 * day;

const kept = (days: number): ReturnType<ReturnType<typeof duration>['prefault']> =>
  duration(leastMs, mostMs).prefault(formatDuration(days * day));

/** How long the history stays in the store. The audit is not part of it: a chain has no end to cut off. */
export const retentionSchema = strict({
  incidents: kept(730).meta({ description: 'Incidents, from when they last changed.' }),
  transcripts: kept(365).meta({
    description: 'What routers were told and answered in an incident.',
  }),
  drills: kept(365).meta({ description: 'Drills of routers.' }),
});
