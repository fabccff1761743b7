import { z } from 'zod';

/** Most alerts taken from one message; Alertmanager cuts its groups with `max_alerts`. */
export const maxAlerts = 200;

/**
 * The webhook message of Alertmanager, version 4
 * (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
 * Fields that say nothing about a site are let through unread: a newer Alertmanager may add some.
 */
export const alertmanagerInputSchema = z
  .looseObject({
    version: z.literal('4'),
    alerts: z
      .array(
        z.looseObject({
          status: z.enum(['firing', 'resolved']),
          labels: z.record(z.string(), z.string()),
        }),
      )
      .max(maxAlerts),
  })
  .describe('Alertmanager webhook, version 4. Labels `site` and `alertname` name site and signal.');

export const signalsTakenSchema = z
  .object({
    taken: z.array(z.object({ site: z.string(), signal: z.string(), isFiring: z.boolean() })),
    ignored: z.array(z.object({ index: z.number().int(), why: z.string() })),
  })
  .meta({
    id: 'SignalsTaken',
    description: 'Which alerts became signals, and why others did not.',
  });
export type SignalsTaken = z.infer<typeof signalsTakenSchema>;
