import { Controller } from '../../controller/controller.ts';
import { beginAtZero, observeState } from '../../controller/observe-metrics.ts';
import type { Command } from '../../core/command.ts';
import type { ControlEvent } from '../../core/event.ts';
import { initialState, withDurable } from '../../core/initial-state.ts';
import { Table } from '../../core/table.ts';
import { errorChain } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { coreConfig } from '../core-config.ts';
import type { Ground } from './ground.ts';
import type { Health } from './health.ts';
import type { Leadership } from './leadership.ts';

/** Opens the controller over what the journal kept; it decides nothing before its first event. */
export function openController(
  { inForce, clock, journal, log, metrics }: Ground,
  { leadership, health }: { readonly leadership: Leadership; readonly health: Health },
  run: (command: Command) => void,
): Controller {
  const now = clock.now();
  const initial = {
    ...withDurable(initialState(coreConfig(inForce.settings), now), journal.load(), now),
    // Among several controllers nobody leads before the store has said so.
    isLeader: inForce.settings.store.type === 'sqlite',
  };
  beginAtZero(metrics);
  observeState(metrics, { ...initial, sites: Table.of([]), routers: {} }, initial, []);
  return new Controller({
    initial,
    clock,
    journal,
    log,
    run,
    observe: (before, after, audit): void => {
      leadership.observe(before, after);
      observeState(metrics, before, after, audit);
      for (const { reason, site, router, actor, text } of audit) {
        log.info({ reason, site, router, actor, text }, 'Decided');
      }
    },
    onJournal: (isUp): void => {
      health.noteJournal(isUp);
      metrics.journalUp.set(isUp ? 1 : 0);
    },
  });
}

/** Hands events in for parts that do not wait for what follows from them. */
export function submitter(controller: Controller, log: Log): (event: ControlEvent) => void {
  return (event) => {
    controller.submit(event).catch((error: unknown) => {
      log.debug({ event: event.type, err: errorChain(error) }, 'Event not taken');
    });
  };
}
