import type { Settings } from './settings.ts';

const hidden = '***';

function withoutCredentials(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/@\s]*@/, `$1${hidden}@`);
}

/** A URL of a webhook often carries its secret in the path, so only its origin is shown. */
function originOf(url: string): string {
  return `${URL.parse(url)?.origin ?? hidden}/${hidden}`;
}

/**
 * The settings as plain data for `--print-config`: passwords in URLs, digests of tokens and paths of webhooks are hidden,
 * conditions stand as they were written. Secrets in files are never read here, so only the names of the files appear.
 */
export function redactedSettings(settings: Settings): Readonly<Record<string, unknown>> {
  const { store, admin, alerts, rules, ...rest } = settings;
  return {
    ...rest,
    store: store.type === 'mongodb' ? { ...store, url: withoutCredentials(store.url) } : store,
    admin: {
      ...admin,
      tokens: admin.tokens.map(({ name, role }) => ({ name, role, sha256: hidden })),
    },
    alerts: alerts.map((alert) => ({ ...alert, url: originOf(alert.url) })),
    rules: rules.map(({ when: _, ...rule }) => rule),
  };
}
