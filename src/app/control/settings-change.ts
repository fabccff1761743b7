import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../../config/settings.ts';

/** What a reload does with a part of the settings: puts it in place at once, or names what must be started again for it. */
type Effect = 'at once' | 'controller' | 'notice process' | 'controller and notice process';

/** Every part of the settings must stand here, so that none can be forgotten. */
const effects = {
  top: {
    dataFolder: 'controller and notice process',
    store: 'controller',
    routers: 'at once',
    sites: 'at once',
    originHosts: 'controller',
    rules: 'at once',
    limits: 'at once',
    guards: 'at once',
    retention: 'at once',
    references: 'at once',
    vantages: 'at once',
    alerts: 'at once',
  },
  admin: { listen: 'controller', url: 'at once', tokens: 'at once' },
  notice: {
    http: 'controller and notice process',
    https: 'controller and notice process',
    certificates: 'notice process',
    acmeFolder: 'notice process',
    acme: 'controller',
    unknownNames: 'notice process',
    workers: 'notice process',
    trustedProxies: 'notice process',
    host: 'notice process',
    handover: 'controller and notice process',
    nodes: 'controller',
    snapshot: 'notice process',
    templates: 'controller',
    defaultLanguage: 'controller',
  },
} as const satisfies {
  readonly top: Record<Exclude<keyof Settings, 'file' | 'warnings' | 'admin' | 'notice'>, Effect>;
  readonly admin: Record<keyof Settings['admin'], Effect>;
  readonly notice: Record<keyof Settings['notice'], Effect>;
};

/** What differs between the settings that hold and those on disk. */
export interface SettingsChange {
  /** In words, what is put in place: `sites: added home03; changed home01`. */
  readonly applied: readonly string[];
  /** In words, what is not, and what must be started again for it. */
  readonly needsRestart: readonly string[];
  /** What holds after the reload: the new settings, apart from what needs a restart. */
  readonly settings: Settings;
}

interface Difference {
  readonly name: string;
  readonly effect: Effect;
  readonly before: unknown;
  readonly after: unknown;
}

/** What was written, without what was made of it: a rule is compiled anew at each load. */
function asWritten(part: unknown): unknown {
  return part === undefined ? undefined : JSON.parse(JSON.stringify(part));
}

function differences<Part extends object>(
  prefix: string,
  of: Readonly<Record<string, Effect>>,
  { before, after }: { readonly before: Part; readonly after: Part },
): readonly Difference[] {
  const had = new Map(Object.entries(before));
  const has = new Map(Object.entries(after));
  return Object.entries(of)
    .map(([key, effect]) => ({
      name: `${prefix}${key}`,
      effect,
      before: asWritten(had.get(key)),
      after: asWritten(has.get(key)),
    }))
    .filter((part) => !isDeepStrictEqual(part.before, part.after));
}

function byName(part: unknown): ReadonlyMap<string, unknown> {
  const items: readonly unknown[] = Array.isArray(part) ? part : [];
  return new Map(
    items.flatMap((item): readonly [string, unknown][] =>
      typeof item === 'object' && item !== null && 'name' in item
        ? [[String(item.name), item]]
        : [],
    ),
  );
}

/** `sites: added home03; changed home01` for a list of named things, else the name alone. */
function inWords({ name, before, after }: Difference): string {
  const had = byName(before);
  const has = byName(after);
  const common = [...has.keys()].filter((key) => had.has(key));
  const words = [
    ['added', [...has.keys()].filter((key) => !had.has(key))],
    ['changed', common.filter((key) => !isDeepStrictEqual(had.get(key), has.get(key)))],
    ['removed', [...had.keys()].filter((key) => !has.has(key))],
  ] as const;
  const said = words.flatMap(([word, keys]) =>
    keys.length === 0 ? [] : [`${word} ${keys.join(', ')}`],
  );
  return said.length === 0 ? name : `${name}: ${said.join('; ')}`;
}

function keepUntilRestart<Part extends object>(
  of: Readonly<Record<string, Effect>>,
  { before, after }: { readonly before: Part; readonly after: Part },
): Part {
  const kept = Object.entries(before).filter(([key]) => (of[key] ?? 'at once') !== 'at once');
  return { ...after, ...Object.fromEntries(kept) };
}

/** Compares the settings that hold with those that were read. */
export function settingsChange(running: Settings, wanted: Settings): SettingsChange {
  const top = { before: running, after: wanted };
  const admin = { before: running.admin, after: wanted.admin };
  const notice = { before: running.notice, after: wanted.notice };
  const found = [
    ...differences('', effects.top, top),
    ...differences('admin.', effects.admin, admin),
    ...differences('notice.', effects.notice, notice),
  ];
  return {
    applied: found.filter(({ effect }) => effect === 'at once').map(inWords),
    needsRestart: found
      .filter(({ effect }) => effect !== 'at once')
      .map(({ name, effect }) => `${name}: restart the ${effect}`),
    settings: {
      ...keepUntilRestart(effects.top, top),
      admin: keepUntilRestart(effects.admin, admin),
      notice: keepUntilRestart(effects.notice, notice),
    },
  };
}
