import type { Alerter } from '../../../ports/alerter.ts';
import { postAlert, type Receiver } from '../post-alert.ts';

/** Posts each alert as JSON; the receiver drops repeats by `key`. */
export function openWebhook(receiver: Receiver): Alerter {
  return {
    name: receiver.name,
    send: (alert, signal) => postAlert(receiver, alert.key, alert, signal),
  };
}
