import { openAlertmanager } from '../../adapters/alerters/alertmanager/alerter.ts';
import { openLogAlerter } from '../../adapters/alerters/log/alerter.ts';
import { openWebhook } from '../../adapters/alerters/webhook/alerter.ts';
import type { AlertSettings } from '../../config/settings.ts';
import { AlertDesk } from '../../controller/alert-desk.ts';
import type { Controller } from '../../controller/controller.ts';
import type { Alerter } from '../../ports/alerter.ts';
import type { Clock } from '../../ports/clock.ts';
import { storedAlert } from '../stored-values.ts';
import type { Ground } from './ground.ts';
import type { Leadership } from './leadership.ts';

const kinds = {
  webhook: openWebhook,
  alertmanager: openAlertmanager,
} as const satisfies Record<
  AlertSettings['type'],
  (settings: AlertSettings, clock: Clock) => Alerter
>;

/** Every way by which people are told now. The log always is one, and the only one while another controller leads and tells them. */
function alertersInForce(
  { inForce, log, clock }: Ground,
  leadership: Leadership,
): () => readonly Alerter[] {
  const logAlerter = openLogAlerter(log);
  const open = (): readonly Alerter[] => [
    logAlerter,
    ...inForce.settings.alerts.map((alert) => kinds[alert.type](alert, clock)),
  ];
  const alone = [logAlerter];
  let settings = inForce.settings.alerts;
  let opened = open();
  return () => {
    if (settings !== inForce.settings.alerts) {
      settings = inForce.settings.alerts;
      opened = open();
    }
    return leadership.isAnotherLeading() ? alone : opened;
  };
}

/** Opens what tells people; what stood when the controller ended is known once it is loaded. */
export function openAlertDesk(
  ground: Ground,
  leadership: Leadership,
  controller: () => Controller,
): AlertDesk {
  const { clock, store, metrics, log } = ground;
  return new AlertDesk({
    alerters: alertersInForce(ground, leadership),
    state: () => controller().state(),
    parse: storedAlert,
    clock,
    store,
    metrics,
    log,
  });
}
