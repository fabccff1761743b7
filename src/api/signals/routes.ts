import type { State } from '../../core/state.ts';
import { own } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import type { ApiServer } from '../http/server.ts';
import { alertmanagerInputSchema, type SignalsTaken, signalsTakenSchema } from './schema.ts';

/** Signals kept for one site; rules name a handful, and whoever can send alerts must not fill the memory. */
export const maxSignals = 64;

const signalForm = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

type Signal = SignalsTaken['taken'][number];

/** Reads one alert as a signal of a site, or says in a sentence why it is none. */
export function signalOf(
  state: State,
  labels: Readonly<Record<string, string>>,
  isFiring: boolean,
): Signal | string {
  const site = own(labels, 'site');
  const signal = own(labels, 'alertname');
  if (site === undefined || signal === undefined) {
    return 'the labels site and alertname are both needed';
  }
  if (!signalForm.test(signal)) {
    return 'alertname must be a letter and then letters, digits and _, at most 64 characters';
  }
  const known = state.sites.get(site);
  if (known === undefined) {
    return 'no such site';
  }
  if (!Object.hasOwn(known.signals, signal) && Object.keys(known.signals).length >= maxSignals) {
    return `the site has ${maxSignals} signals already`;
  }
  return { site, signal, isFiring };
}

/** Takes alerts of Alertmanager as one more observer: rules see them as `signals.<alertname>`. */
export function signalRoutes(app: ApiServer, { control }: ApiContext): void {
  app.post(
    '/signals/alertmanager',
    {
      schema: {
        operationId: 'takeAlertmanagerSignals',
        tags: ['operations'],
        summary: 'Webhook receiver for Alertmanager.',
        body: alertmanagerInputSchema,
        response: { 200: signalsTakenSchema },
      },
    },
    async ({ body }) => {
      const taken: Signal[] = [];
      const ignored: SignalsTaken['ignored'] = [];
      for (const [index, { labels, status }] of body.alerts.entries()) {
        const signal = signalOf(control.state(), labels, status === 'firing');
        if (typeof signal === 'string') {
          ignored.push({ index, why: signal });
        } else {
          await control.submit({ type: 'signal-received', ...signal });
          taken.push(signal);
        }
      }
      return { taken, ignored };
    },
  );
}
