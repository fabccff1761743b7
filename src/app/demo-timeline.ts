import { performance } from 'node:perf_hooks';
import { DetourError } from '../lib/errors.ts';
import { second } from '../lib/time.ts';

/** Something that happened, in milliseconds since the process began. */
export interface Moment {
  readonly atMs: number;
  readonly text: string;
}

/** Pause between two looks of one wait: the figures are no finer than this. */
const lookEveryMs = 10;

/** The measured story of the demo. Times are of the monotonic clock, counted from the start of the process. */
export class DemoTimeline {
  readonly moments: Moment[] = [];
  readonly #tell: (moment: Moment) => void;

  constructor(tell: (moment: Moment) => void) {
    this.#tell = tell;
  }

  /** Writes a moment down and gives its time back. */
  note(text: string): number {
    const atMs = performance.now();
    const moment = { atMs, text };
    this.moments.push(moment);
    this.#tell(moment);
    return atMs;
  }

  /** Waits until a thing is seen and writes it down. Rejects with DETOUR_DEMO_FAILED, naming the thing, when it is not seen in time. */
  async see(
    text: string,
    within: { readonly seconds: number },
    look: () => boolean | Promise<boolean>,
  ): Promise<number> {
    const end = performance.now() + within.seconds * second;
    while (!(await look())) {
      if (performance.now() > end) {
        throw new DetourError(`Not seen within ${within.seconds} s: ${text}`, {
          code: 'DETOUR_DEMO_FAILED',
        });
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    return this.note(text);
  }
}
