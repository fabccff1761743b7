import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { stateOfRows } from '../../adapters/journal/durable-rows.ts';
import type { Controller } from '../../controller/controller.ts';
import { DurableMirror } from '../../controller/durable-mirror.ts';
import { LeaseKeeper } from '../../controller/lease-keeper.ts';
import type { DurableChange, DurableState } from '../../core/durable.ts';
import { durableChanges, durableOf } from '../../core/durable-changes.ts';
import type { State } from '../../core/state.ts';
import type { Ground } from './ground.ts';

/** Whether this controller is the one that acts. */
export interface Leadership extends AsyncDisposable {
  /** True while a write to a router may begin. */
  mayAct(): boolean;
  /** Hears of every adopted state. */
  observe(before: State, after: State): void;
  /** Resolves when it is known whether this controller leads. */
  start(): Promise<void>;
}

/** On one machine the journal's own lock admits one controller, and nothing else is needed. */
const alone: Leadership = {
  mayAct: () => true,
  observe: () => undefined,
  start: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

const rowOf = ({
  kind,
  key,
  value,
}: DurableChange): { kind: string; key: string; value: string } => ({
  kind,
  key,
  value: JSON.stringify(value),
});

/** Among several controllers on one store, the one that holds the lease leads; `refresh` takes over what others wrote meanwhile. */
export function openLeadership(
  { settings, store, clock, log }: Ground,
  controller: () => Controller,
  refresh: () => Promise<void>,
): Leadership {
  if (settings.store.type === 'sqlite') {
    return alone;
  }
  const mirror = new DurableMirror({
    store,
    clock,
    log,
    parse: (rows): DurableState => stateOfRows(rows.map(rowOf), 'the shared store'),
    mayWrite: (): boolean => keeper.mayAct(),
  });
  const keeper = new LeaseKeeper({
    store,
    clock,
    log,
    holder: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    onGained: async (term): Promise<void> => {
      const inherited = await mirror.load();
      await refresh();
      const gained = { type: 'lease-changed', isLeader: true, term } as const;
      const state = await controller().submit(
        inherited === undefined ? gained : { ...gained, inherited },
      );
      mirror.begin(durableOf(state));
    },
    onLost: (): void => {
      mirror.end();
      controller()
        .submit({ type: 'lease-changed', isLeader: false })
        .catch(() => undefined);
    },
  });
  return {
    mayAct: () => keeper.mayAct(),
    observe: (before, after) => mirror.note(durableChanges(before, after)),
    start: () => keeper.start(),
    [Symbol.asyncDispose]: () => keeper.stop(),
  };
}
