import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { stateOfRows } from '../../adapters/journal/durable-rows.ts';
import type { LeadershipDesk } from '../../controller/control.ts';
import type { Controller } from '../../controller/controller.ts';
import { DurableMirror } from '../../controller/durable-mirror.ts';
import { LeaseKeeper } from '../../controller/lease-keeper.ts';
import type { DurableChange, DurableState } from '../../core/durable.ts';
import { durableChanges, durableOf } from '../../core/durable-changes.ts';
import type { State } from '../../core/state.ts';
import { second } from '../../lib/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ground } from './ground.ts';
import { LeaderCards } from './leader-cards.ts';

/** Whether this controller is the one that acts. */
export interface Leadership extends LeadershipDesk, AsyncDisposable {
  /** True while a write to a router may begin. */
  mayAct(): boolean;
  /** True while another controller is known to lead: it tells people, and this one need not. */
  isAnotherLeading(): boolean;
  /** Hears of every adopted state. */
  observe(before: State, after: State): void;
  /** Resolves when it is known whether this controller leads. */
  start(): Promise<void>;
}

/** On one machine the journal's own lock admits one controller, and nothing else is needed. */
const alone = ({ storeHealth }: Ground): Leadership => ({
  isShared: false,
  isStoreUp: () => storeHealth.isUp,
  leader: () => Promise.resolve(undefined),
  mayAct: () => true,
  isAnotherLeading: () => false,
  observe: () => undefined,
  start: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

const rowOf = ({
  kind,
  key,
  value,
}: DurableChange): { kind: string; key: string; value: string } => ({
  kind,
  key,
  value: JSON.stringify(value),
});

/** A controller that stands by looks this often what the leader wrote: it probes the sites before it has to answer for them. */
const refreshEveryMs = 30 * second;

/** What the leadership is built on, some of which is there only later. */
export interface LeadershipParts {
  readonly controller: () => Controller;
  /** Takes over what others wrote to the store meanwhile. */
  readonly refresh: () => Promise<void>;
  /** Where this controller is reached, for those who ask a standby. */
  readonly adminUrl: () => string;
}

function openMirror({ store, clock, log }: Ground, mayWrite: () => boolean): DurableMirror {
  return new DurableMirror({
    store,
    clock,
    log,
    parse: (rows): DurableState => stateOfRows(rows.map(rowOf), 'the shared store'),
    mayWrite,
  });
}

/** Calls at most once in this time; a call that fails is made again the next time. */
function throttled(clock: Clock, everyMs: number, act: () => Promise<void>): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.monotonicMs();
    if (now - lastMs >= everyMs) {
      lastMs = now;
      act().catch(() => {
        lastMs = Number.NEGATIVE_INFINITY;
      });
    }
  };
}

/** Among several controllers on one store, the one that holds the lease leads. */
export function openLeadership(ground: Ground, parts: LeadershipParts): Leadership {
  const { settings, store, clock, log, storeHealth } = ground;
  if (settings.store.type === 'sqlite') {
    return alone(ground);
  }
  const holder = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const cards = new LeaderCards({ store, clock, log, isStoreUp: (): boolean => storeHealth.isUp });
  const submit = (event: Parameters<Controller['submit']>[0]): Promise<unknown> =>
    parts.controller().submit(event);
  const keepUp = throttled(clock, refreshEveryMs, parts.refresh);
  const mirror = openMirror(ground, () => keeper.mayAct());
  const keeper = new LeaseKeeper({
    store,
    clock,
    log,
    holder,
    onGained: async (term): Promise<void> => {
      const inherited = await mirror.load();
      await parts.refresh();
      const gained = { type: 'lease-changed', isLeader: true, term } as const;
      const state = await parts
        .controller()
        .submit(inherited === undefined ? gained : { ...gained, inherited });
      mirror.begin(durableOf(state));
      await cards.present({ holder, url: parts.adminUrl(), since: clock.now() });
    },
    onLost: (): void => {
      mirror.end();
      submit({ type: 'lease-changed', isLeader: false }).catch(() => undefined);
    },
    onOther: (): void => {
      cards.noteOther();
      const detail = 'another controller leads';
      submit({ type: 'glass-mended', owner: 'detour', detail }).catch(() => undefined);
      keepUp();
    },
  });
  return {
    isShared: true,
    isStoreUp: () => storeHealth.isUp,
    leader: () => cards.leader(),
    isAnotherLeading: () => cards.isAnotherLeading(),
    mayAct: () => keeper.mayAct(),
    observe: (before, after) => mirror.note(durableChanges(before, after)),
    start: () => keeper.start(),
    [Symbol.asyncDispose]: () => keeper.stop(),
  };
}
