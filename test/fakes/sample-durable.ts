import type { AuditEntry } from '../../src/core/command.ts';
import type { DurableSite } from '../../src/core/durable.ts';
import type { Incident } from '../../src/core/incident.ts';
import type { Diversion } from '../../src/core/phase.ts';

/** A diversion of shop that a rule decided and that was proven. */
export const sampleDiversion: Diversion = {
  generation: 7,
  addresses: ['192.168.80.100'],
  by: 'rule',
  cause: 'server-failure',
  rule: 'site-down',
  incident: 'i6-shop',
  failureSeenAt: 1_000,
  decidedAt: 4_000,
  installedAt: 4_500,
  provenAt: 5_000,
  trials: 0,
};

/** A site with every field that the journal keeps. */
export const sampleDurableSite: DurableSite = {
  phase: { name: 'diverted', diversion: sampleDiversion },
  since: 5_000,
  reason: 'proven',
  override: {
    action: 'hold',
    reason: '점검 중',
    owner: 'night-duty',
    setAt: 6_000,
    expiresAt: 9_000,
    isReminded: false,
  },
  maintenance: {
    id: 'm1',
    reason: 'disk change',
    isDiverting: true,
    startedAt: 1,
    endsAt: 2,
  },
  incident: 'i6-shop',
  isApproved: true,
  question: { reason: 'brake-mass-failure', text: 'Divert all?', since: 3 },
  holdDownMs: 600_000,
  holdDownUntil: 700_000,
  lastRestoredAt: 100_000,
  expectedRecoveryAt: 800_000,
};

/** An open incident of shop. */
export const sampleIncident: Incident = {
  id: 'i6-shop',
  sites: ['shop'],
  cause: 'server-failure',
  severity: 'critical',
  openedAt: 1_000,
  timeline: [{ at: 1_000, reason: 'first-failure', text: 'web failed: refused' }],
};

/** One line of the audit about shop, told apart by its number. */
export function sampleEntry(number: number): AuditEntry {
  return {
    at: 1_000 + number,
    actor: 'detour',
    reason: 'decided-by-rule',
    site: 'shop',
    incident: 'i6-shop',
    generation: number,
    text: `shop is down: fall reached (${number}) 사이트 장애`,
  };
}
