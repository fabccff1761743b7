import { second } from '../../../lib/time.ts';

/** How a waiting page paces its return, in milliseconds. */
export interface ReturnPace {
  /** Between two looks at the site: a random time from least to most, four times that in a hidden tab. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** Once the site answers: a random time up to this, so that a waiting crowd does not arrive at once. */
  readonly spreadMs: number;
}

/**
 * Half a minute on average keeps a waiting crowd of 10,000 under 350 requests a second. Spread over 120 s, at most
 * a twelfth of those who wait come back in any 10 s, however they arrived and whenever the site came back.
 */
export const defaultReturnPace: ReturnPace = {
  leastMs: 20 * second,
  mostMs: 40 * second,
  spreadMs: 120 * second,
};

/** The pace as the page's script reads it. */
export function paceText({ leastMs, mostMs, spreadMs }: ReturnPace): string {
  return `${leastMs} ${mostMs} ${spreadMs}`;
}
