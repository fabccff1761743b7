import type { NoticeOrder } from '../core/command.ts';
import { type NoticeKind, noticeKind } from '../core/notice-kind.ts';
import { diversionOf } from '../core/phase.ts';
import type { SiteState } from '../core/state.ts';
import { type EpochMs, hour } from '../lib/time.ts';

/** A cause that gives each kind of notice. */
const sampleCauses: Readonly<Record<NoticeKind, string>> = {
  outage: 'server-failure',
  degraded: 'overload',
  maintenance: 'maintenance',
  mass: 'server-failure',
};

/** How long the planned work of a sample lasts. */
const sampleWindowMs = 2 * hour;

/** The facts for a preview: those of the notice that stands, if it is of the kind asked for, else made-up ones from now. */
export function previewOrder(
  site: string,
  state: SiteState | undefined,
  { kind, now }: { readonly kind: NoticeKind | undefined; readonly now: EpochMs },
): NoticeOrder {
  const expectedRecoveryAt = state?.expectedRecoveryAt;
  const expected = expectedRecoveryAt === undefined ? {} : { expectedRecoveryAt };
  const diversion = state === undefined ? undefined : diversionOf(state.phase);
  if (diversion !== undefined && (kind === undefined || noticeKind(diversion) === kind)) {
    const { generation, cause, failureSeenAt: since, incident } = diversion;
    const wave = diversion.isMass === true ? { isMass: true as const } : {};
    return { site, generation, cause, since, incident, ...wave, ...expected };
  }
  return {
    site,
    generation: 0,
    cause: sampleCauses[kind ?? 'outage'],
    since: now,
    incident: 'preview',
    ...(kind === 'mass' ? { isMass: true } : {}),
    ...(kind === 'maintenance' ? { expectedRecoveryAt: now + sampleWindowMs } : {}),
    ...expected,
  };
}
