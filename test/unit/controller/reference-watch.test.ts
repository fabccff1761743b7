import { describe, expect, it } from 'vitest';
import { type Reference, ReferenceWatch } from '../../../src/controller/reference-watch.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import type { State } from '../../../src/core/state.ts';
import { type FakeBehaviour, FakeProber } from '../../fakes/fake-prober.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { inPhase, registeredSite, stateOf } from '../../fakes/site-state.ts';

const pair: readonly Reference[] = [
  { address: '192.0.2.1', port: 53 },
  { address: '2001:db8::1', port: 443 },
];

const down: FakeBehaviour = { outcome: 'fail', reason: 'unreachable' };

interface Bench {
  readonly clock: ManualClock;
  readonly prober: FakeProber;
  readonly watch: ReferenceWatch;
  readonly events: ControlEvent[];
  /** How each reference answers from now on. */
  readonly answers: Map<string, FakeBehaviour>;
  state: State;
  isStalled: boolean;
}

function bench(references: readonly Reference[] = pair): Bench {
  const clock = new ManualClock();
  const answers = new Map<string, FakeBehaviour>();
  const prober = new FakeProber(clock, ({ address }) => answers.get(address) ?? {});
  const events: ControlEvent[] = [];
  const made: Bench = {
    clock,
    prober,
    events,
    answers,
    state: stateOf(registeredSite('home01')),
    isStalled: false,
    watch: new ReferenceWatch({
      clock,
      prober,
      references,
      state: () => made.state,
      emit: (event) => events.push(event),
      stalls: { wasStalledSince: () => made.isStalled },
    }),
  };
  return made;
}

function isolation(events: readonly ControlEvent[]): readonly boolean[] {
  return events.flatMap((event) => (event.type === 'isolation-changed' ? [event.isIsolated] : []));
}

function allDown({ answers }: Bench): void {
  for (const { address } of pair) {
    answers.set(address, down);
  }
}

describe('the reference watch', () => {
  it('asks every 5 s while all sites serve, and every second once one does not', async () => {
    const made = bench();
    made.watch.start();
    await made.clock.advanceAsync(9_999);
    expect(made.prober.starts.map(({ at }) => at)).toEqual([0, 0, 5_000, 5_000]);

    made.state = inPhase(made.state, 'home01', { name: 'suspect', firstFailAt: 0 });
    await made.clock.advanceAsync(3_002);

    expect(made.prober.starts.slice(4).map(({ at }) => at)).toEqual([
      10_000, 10_000, 11_000, 11_000, 12_000, 12_000, 13_000, 13_000,
    ]);
  });

  it('tells of each answer by the name of its reference', async () => {
    const made = bench();
    made.answers.set('192.0.2.1', down);
    made.watch.start();

    await made.clock.advanceAsync(10);

    expect(made.events).toEqual([
      { type: 'reference-finished', reference: '192.0.2.1:53', isPass: false },
      { type: 'reference-finished', reference: '[2001:db8::1]:443', isPass: true },
    ]);
  });

  it('says isolated when every reference failed twice in a row, and over when any passes', async () => {
    const made = bench();
    made.watch.start();
    await made.clock.advanceAsync(4_000);
    allDown(made);
    await made.clock.advanceAsync(1_500);
    expect(isolation(made.events)).toEqual([]);

    await made.clock.advanceAsync(1_000);
    expect(isolation(made.events)).toEqual([true]);

    made.answers.delete('2001:db8::1');
    await made.clock.advanceAsync(1_000);
    expect(isolation(made.events)).toEqual([true, false]);
  });

  it('does not call the loss of one reference isolation', async () => {
    const made = bench();
    made.answers.set('192.0.2.1', down);
    made.watch.start();

    await made.clock.advanceAsync(60_000);

    expect(isolation(made.events)).toEqual([]);
  });

  it('does not count its own trouble or a stall as an answer', async () => {
    const local: FakeBehaviour = { outcome: 'inconclusive', reason: 'local-error' };
    const made = bench();
    for (const { address } of pair) {
      made.answers.set(address, local);
    }
    made.watch.start();
    await made.clock.advanceAsync(20_000);
    allDown(made);
    made.isStalled = true;
    await made.clock.advanceAsync(20_000);

    expect(made.events).toEqual([]);
  });

  it('does not ask a slow reference twice at once', async () => {
    const made = bench();
    made.state = inPhase(made.state, 'home01', { name: 'suspect', firstFailAt: 0 });
    made.answers.set('192.0.2.1', { afterMs: 5_000 });
    made.watch.start();

    await made.clock.advanceAsync(10_500);

    const starts = made.prober.starts.filter(({ target }) => target.address === '192.0.2.1');
    for (const [index, { at }] of starts.entries()) {
      expect(at - (starts[index - 1]?.at ?? -1_000)).toBeGreaterThanOrEqual(1_000);
    }
  });

  it('ends an isolation that no reference is left to prove', async () => {
    const made = bench();
    allDown(made);
    made.watch.start();
    await made.clock.advanceAsync(5_000);

    made.watch.replace([]);

    expect(isolation(made.events)).toEqual([true, false]);
  });

  it('keeps the count of references that stay', async () => {
    const made = bench();
    allDown(made);
    made.watch.start();
    await made.clock.advanceAsync(500);

    made.watch.replace([...pair]);
    await made.clock.advanceAsync(1_000);

    expect(isolation(made.events)).toEqual([true]);
  });

  it('never says isolated without references', async () => {
    const made = bench([]);
    made.watch.start();

    await made.clock.advanceAsync(60_000);

    expect(made.events).toEqual([]);
  });

  it('stops with nothing under way', async () => {
    const made = bench();
    made.answers.set('192.0.2.1', { afterMs: 900 });
    made.watch.start();
    await made.clock.advanceAsync(100);

    await made.watch.stop();

    expect(made.clock.pending).toBe(0);
    expect(made.events).toHaveLength(1);
  });
});
