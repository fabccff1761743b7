import { minute } from '../../../lib/time.ts';
import type { Alerter } from '../../../ports/alerter.ts';
import type { Clock } from '../../../ports/clock.ts';
import { postAlert, type Receiver } from '../post-alert.ts';
import { alertmanagerAlert } from './alert-body.ts';

/** As often as Prometheus tells its own. */
const repeatEveryMs = minute;

/** Three tellings may be lost before Alertmanager takes an alert for ended. */
const standsMs = 4 * repeatEveryMs;

/** Tells one Alertmanager, again and again until the alert ends; `url` is that of its page. */
export function openAlertmanager(receiver: Receiver, clock: Clock): Alerter {
  const url = `${receiver.url.replace(/\/+$/, '')}/api/v2/alerts`;
  return {
    name: receiver.name,
    repeatEveryMs,
    send: (alert, signal): Promise<void> => {
      const body = [alertmanagerAlert(alert, clock.now() + standsMs)];
      return postAlert({ ...receiver, url }, alert.key, body, signal);
    },
  };
}
