import type { Alert } from '../../../core/command.ts';
import type { EpochMs } from '../../../lib/time.ts';

/** One alert as `POST /api/v2/alerts` takes it. */
export interface AlertmanagerAlert {
  /** Alertmanager knows an alert again by these, so nothing stands here that changes before it ends. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** `long-notice:home01` gives `DetourLongNotice`. */
function alertName(key: string): string {
  const [kind = ''] = key.split(':', 1);
  const words = kind.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `Detour${words.join('')}`;
}

const iso = (at: EpochMs): string => new Date(at).toISOString();

/** An alert in Alertmanager's form. One that stands ends by itself at `standsUntil`, unless it is told again before. */
export function alertmanagerAlert(alert: Alert, standsUntil: EpochMs): AlertmanagerAlert {
  const { key, severity, site, router, reason, incident, text, at, isResolved } = alert;
  return {
    labels: {
      alertname: alertName(key),
      severity,
      key,
      ...(site === undefined ? {} : { site }),
      ...(router === undefined ? {} : { router }),
    },
    annotations: {
      summary: text,
      reason,
      ...(incident === undefined ? {} : { incident }),
    },
    startsAt: iso(at),
    endsAt: iso(isResolved ? at : standsUntil),
  };
}
