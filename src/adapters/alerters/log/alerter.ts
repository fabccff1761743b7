import type { Alert } from '../../../core/command.ts';
import type { Log } from '../../../lib/log.ts';
import type { Alerter } from '../../../ports/alerter.ts';

/** The channel that is always there: the log. */
export function openLogAlerter(log: Log): Alerter {
  return {
    name: 'log',
    async send(alert: Alert): Promise<void> {
      const facts = {
        key: alert.key,
        reason: alert.reason,
        site: alert.site,
        router: alert.router,
      };
      if (alert.isResolved || alert.severity === 'info') {
        log.info(facts, alert.text);
      } else {
        log.warn({ ...facts, severity: alert.severity, text: alert.text }, 'Alert');
      }
    },
  };
}
