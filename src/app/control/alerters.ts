import { openLogAlerter } from '../../adapters/alerters/log/alerter.ts';
import { openWebhook } from '../../adapters/alerters/webhook/alerter.ts';
import type { Alerter } from '../../ports/alerter.ts';
import type { Ground } from './ground.ts';

/** Every way by which people are told now; the log is always one of them. */
export function alertersInForce({ inForce, log }: Ground): () => readonly Alerter[] {
  const logAlerter = openLogAlerter(log);
  let opened = inForce.settings.alerts;
  let webhooks = opened.map((alert) => openWebhook(alert));
  return () => {
    if (opened !== inForce.settings.alerts) {
      opened = inForce.settings.alerts;
      webhooks = opened.map((alert) => openWebhook(alert));
    }
    return [logAlerter, ...webhooks];
  };
}
