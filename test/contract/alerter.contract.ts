import { describe, expect, it } from 'vitest';
import type { Alerter } from '../../src/ports/alerter.ts';
import { sampleAlert } from '../fakes/fake-alerter.ts';

/** How a receiver can stand when an alert comes. */
export type ReceiverMood = 'well' | 'down' | 'closed' | 'refusing' | 'silent' | 'redirecting';

export interface AlerterBench {
  readonly alerter: Alerter;
  /** What the receiver took: the bodies, in order. */
  readonly taken: () => readonly string[];
}

/** What every alerter that speaks to a receiver promises. */
export function alerterContract(
  name: string,
  withBench: (mood: ReceiverMood, use: (bench: AlerterBench) => Promise<void>) => Promise<void>,
): void {
  const never = new AbortController().signal;

  describe(`${name} keeps the promises of an alerter`, () => {
    it('brings an alert with its key and its words, and says nothing more', () =>
      withBench('well', async ({ alerter, taken }) => {
        await alerter.send(sampleAlert(), never);

        expect(taken()).toHaveLength(1);
        expect(taken()[0]).toContain('diversion:home01');
        expect(taken()[0]).toContain('home01 is diverted and its visitors see the notice');
      }));

    it.each([
      ['down', true],
      ['closed', true],
      ['redirecting', true],
      ['refusing', false],
    ] as const)(
      'rejects when the receiver is %s, and says whether it may help to try again',
      (mood, retryable) =>
        withBench(mood, async ({ alerter, taken }) => {
          const sent = alerter.send(sampleAlert(), never);

          await expect(sent).rejects.toMatchObject({ code: 'DETOUR_ALERT_FAILED', retryable });
          expect(taken().length).toBeLessThanOrEqual(1);
        }),
    );

    it('ends when it is told to, though the receiver says nothing', () =>
      withBench('silent', async ({ alerter }) => {
        const abort = new AbortController();
        const sent = alerter.send(sampleAlert(), abort.signal);

        abort.abort();

        await expect(sent).rejects.toMatchObject({ code: 'DETOUR_ALERT_FAILED' });
      }));
  });
}
