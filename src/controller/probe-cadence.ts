import type { Phase } from '../core/phase.ts';
import type { ProbeSpec } from '../core/site.ts';
import { second } from '../lib/time.ts';

/** A first probe comes within this time, however long the interval is, so that a start soon knows where it stands. */
export const firstRoundMs = 2 * second;

/** A first round is stretched so that it holds no more than one probe in this time: 2,500 HTTP probes a second would take more than one core and stall us. */
export const firstRoundGapMs = 2;

/** Starts of one target lie this share of the interval nearer or farther apart, so that targets never fall into step. */
export const jitter = 0.1;

/**
 * How often a target is probed in a phase, in milliseconds.
 * Fast while a decision or a proof waits for the next sample. In `recovering` the wait is for time without a failure,
 * which more samples do not shorten, and an origin that has just come back is spared them.
 */
export function cadenceMs(phase: Phase, spec: ProbeSpec): number {
  switch (phase.name) {
    case 'serving':
      return spec.intervalMs;
    case 'suspect':
    case 'diverting':
    case 'restoring':
      return Math.min(spec.intervalMs, spec.suspectIntervalMs);
    case 'diverted':
    case 'recovering':
      return spec.divertedIntervalMs;
    case 'held':
      return phase.on === 'notice' ? spec.divertedIntervalMs : spec.intervalMs;
  }
}

/**
 * Delay of the first probe, and of the next one after a moment was missed.
 * Each target has its own fixed place in the round, the same after every start.
 */
export function firstDelayMs(targetKey: string, intervalMs: number, targetCount: number): number {
  const roundMs = Math.max(firstRoundMs, targetCount * firstRoundGapMs);
  return placeOf(targetKey) * Math.min(intervalMs, roundMs);
}

/** Delay from one start to the next, from a random number of 0 to 1. */
export function gapMs(intervalMs: number, random: number): number {
  return intervalMs * (1 - jitter + 2 * jitter * random);
}

/** A number of 0 to 1 that spreads alike texts far apart: FNV-1a, then MurmurHash3's finalizer. */
function placeOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
