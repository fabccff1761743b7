import { openLogAlerter } from '../../adapters/alerters/log/alerter.ts';
import { openWebhook } from '../../adapters/alerters/webhook/alerter.ts';
import type { Alerter } from '../../ports/alerter.ts';
import type { Ground } from './ground.ts';
import type { Leadership } from './leadership.ts';

/** Every way by which people are told now. The log always is one, and the only one while another controller leads and tells them. */
export function alertersInForce(
  { inForce, log }: Ground,
  leadership: Leadership,
): () => readonly Alerter[] {
  const logAlerter = openLogAlerter(log);
  let opened = inForce.settings.alerts;
  let webhooks = opened.map((alert) => openWebhook(alert));
  return () => {
    if (opened !== inForce.settings.alerts) {
      opened = inForce.settings.alerts;
      webhooks = opened.map((alert) => openWebhook(alert));
    }
    return leadership.isAnotherLeading() ? [logAlerter] : [logAlerter, ...webhooks];
  };
}
