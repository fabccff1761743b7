import {
  type ProbeOutcome,
  type ProbeReason,
  type ProbeResult,
  probeReasons,
} from '../../core/probe-result.ts';
import { parseDuration } from '../../lib/duration.ts';
import { suggest } from '../../lib/nearest.ts';

/** One sample of a rule test, or a gap in which no probe ended. */
export type SeriesSample = Omit<ProbeResult, 'startedAt'> | 'none';

export type SeriesReading =
  | { readonly samples: readonly SeriesSample[]; readonly error?: undefined }
  | { readonly error: string };

/** More samples than this are a day of probes every ten seconds. */
export const maxSeriesSamples = 10_000;

const outcomes = ['pass', 'fail', 'inconclusive', 'none'] as const;

const form = /^([a-z]+)(?:\(([^()]*)\))?(?:\s*x(\d{1,5}))?$/;

const defaultLatencyMs = 20;

/** A failure to answer in time takes the whole timeout. */
const timeoutLatencyMs = 3_000;

class SeriesError extends Error {}

function isReason(word: string): word is ProbeReason {
  return probeReasons.some((reason) => reason === word);
}

interface Details {
  readonly reason?: ProbeReason;
  readonly status?: number;
  readonly latencyMs?: number;
  readonly certificateDaysLeft?: number;
}

const settings = ['status', 'latency', 'days'];

function readNumber(text: string, word: string): number {
  if (!/^-?\d+$/.test(text)) {
    throw new SeriesError(`${word} must be a whole number, not ${text}`);
  }
  return Number(text);
}

function readSetting(key: string, text: string): Details {
  switch (key) {
    case 'status':
      return { status: readNumber(text, key) };
    case 'days':
      return { certificateDaysLeft: readNumber(text, key) };
    case 'latency': {
      const latencyMs = parseDuration(text);
      if (latencyMs === undefined) {
        throw new SeriesError(`latency must be a duration such as 700ms, not ${text}`);
      }
      return { latencyMs };
    }
    default:
      throw new SeriesError(`unknown setting ${key} - ${suggest(key, settings)}`);
  }
}

function readDetail(word: string): Details {
  const [key = '', value] = word.split('=');
  if (value !== undefined) {
    return readSetting(key, value);
  }
  if (!isReason(word)) {
    throw new SeriesError(`unknown reason ${word} - ${suggest(word, probeReasons)}`);
  }
  return { reason: word };
}

function readDetails(text: string): Details {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  return Object.assign({}, ...words.map(readDetail));
}

function defaultReason(outcome: ProbeOutcome, { status }: Details): ProbeReason {
  if (outcome === 'inconclusive') {
    return 'local-error';
  }
  if (outcome === 'pass') {
    return 'ok';
  }
  return status === undefined ? 'refused' : 'status';
}

function sampleFrom(outcome: ProbeOutcome, details: Details): SeriesSample {
  const reason = details.reason ?? defaultReason(outcome, details);
  const status = details.status ?? (outcome === 'pass' ? 200 : undefined);
  const usual = reason.endsWith('timeout') ? timeoutLatencyMs : defaultLatencyMs;
  const { certificateDaysLeft } = details;
  return {
    outcome,
    reason,
    latencyMs: details.latencyMs ?? usual,
    phases: {},
    ...(status === undefined ? {} : { status }),
    ...(certificateDaysLeft === undefined ? {} : { certificateDaysLeft }),
  };
}

function readItem(text: string): readonly SeriesSample[] {
  const [, word = '', details = '', times = '1'] = form.exec(text) ?? [];
  const outcome = outcomes.find((known) => known === word);
  if (outcome === undefined) {
    throw new SeriesError(`cannot read "${text}": write such as pass x5, fail(refused) x3, none`);
  }
  const sample = outcome === 'none' ? outcome : sampleFrom(outcome, readDetails(details));
  return Array.from({ length: Number(times) }, () => sample);
}

/** Reads `pass x5, fail(status=503 latency=700ms) x3, none x2`: one sample for each interval. */
export function readSeries(text: string): SeriesReading {
  const items = text.split(/,(?![^(]*\))/).map((item) => item.trim());
  try {
    const samples = items.flatMap(readItem);
    return samples.length > maxSeriesSamples
      ? { error: `there are more than ${maxSeriesSamples} samples` }
      : { samples };
  } catch (error) {
    if (error instanceof SeriesError) {
      return { error: error.message };
    }
    throw error;
  }
}
