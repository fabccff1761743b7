import { readFile } from 'node:fs/promises';
import got from 'got';
import type { Alert } from '../../../core/command.ts';
import { DetourError } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import type { Alerter } from '../../../ports/alerter.ts';

export interface WebhookOptions {
  readonly name: string;
  readonly url: string;
  /** File with the value of the Authorization header, read at every alert so that it can be changed. */
  readonly authorizationFile?: string;
}

/** Posts each alert as JSON. Tries three times in all; the receiver drops repeats by `key`. */
export function openWebhook({ name, url, authorizationFile }: WebhookOptions): Alerter {
  return {
    name,
    async send(alert: Alert, signal: AbortSignal): Promise<void> {
      try {
        const authorization =
          authorizationFile === undefined
            ? undefined
            : (await readFile(authorizationFile, 'utf8')).trim();
        await got.post(url, {
          json: alert,
          signal,
          timeout: { request: 5 * second },
          retry: { limit: 2, methods: ['POST'], maxRetryAfter: second },
          followRedirect: false,
          ...(authorization === undefined ? {} : { headers: { authorization } }),
        });
      } catch (error) {
        throw new DetourError(`Could not send the alert ${alert.key} through ${name}`, {
          code: 'DETOUR_ALERT_FAILED',
          retryable: true,
          cause: error,
        });
      }
    },
  };
}
