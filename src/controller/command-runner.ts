import type { Alert, Command } from '../core/command.ts';
import type { CommandOutcome, ControlEvent } from '../core/event.ts';
import type { Incident } from '../core/incident.ts';
import type { Site } from '../core/site.ts';
import { errorChain, errorCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Clock } from '../ports/clock.ts';
import type { DataPath } from '../ports/data-path.ts';
import type { NoticePublisher } from '../ports/notice-publisher.ts';
import { withDeadline } from './deadline.ts';
import { PathProver } from './path-prover.ts';
import type { RouterRunner } from './router-runner.ts';
import type { BlockOrder } from './source-blocks.ts';

/** A notice that is not live in this time counts as failed. */
const publishMs = 15 * second;

/**
 * What each further notice on its way adds to that: a wave of hundreds is rendered and looked at in turn, and a notice
 * that only waits for its turn has not failed.
 */
const publishMsEach = 100;

export interface CommandRunnerOptions {
  readonly clock: Clock;
  readonly routers: ReadonlyMap<string, RouterRunner>;
  readonly publisher: NoticePublisher;
  readonly dataPath: DataPath;
  /** Takes an alert and returns at once. */
  readonly alert: (alert: Alert) => void;
  readonly site: (name: string) => Site | undefined;
  /** Has a source blocked, or says why not; returns at once. */
  readonly blockSource: (order: BlockOrder) => void;
  readonly probeNow: (sites: readonly string[]) => void;
  readonly recordIncident: (incident: Incident) => void;
  readonly submit: (event: ControlEvent) => void;
  readonly metrics: ControlMetrics;
  readonly log: Log;
}

/** Carries out what the core wants; every outcome, failures included, becomes the next event. */
export class CommandRunner {
  readonly #options: CommandRunnerOptions;
  readonly #prover: PathProver;
  #publishing = 0;

  constructor(options: CommandRunnerOptions) {
    this.#options = options;
    this.#prover = new PathProver(options);
  }

  /** Starts one command. Returns at once; commands on one router wait for each other. */
  run(command: Command): void {
    switch (command.type) {
      case 'publish-notice':
        this.#finish(command.id, this.#publish(command));
        break;
      case 'sync-routes':
        this.#finish(command.id, this.#sync(command));
        break;
      case 'confirm-routes':
      case 'cancel-routes':
        this.#finish(command.id, this.#endChange(command));
        break;
      case 'prove':
        this.#finish(command.id, this.#prove(command));
        break;
      case 'read-routes':
        this.readRouter(command.router);
        break;
      default:
        this.#runSideEffect(command);
    }
  }

  /** Reads a router and hands what it shows in as an event. */
  readRouter(router: string): void {
    const reading = this.#options.routers.get(router)?.read();
    reading?.then(
      (read) => {
        this.#options.submit({ type: 'routes-observed', router, reading: read });
      },
      (error: unknown) => {
        this.#options.submit({ type: 'router-unreadable', router, message: errorChain(error) });
      },
    );
  }

  #runSideEffect(command: Command): void {
    const { publisher, probeNow, recordIncident, alert } = this.#options;
    switch (command.type) {
      case 'withdraw-notice':
        this.#quietly(
          'Withdrawing a notice failed',
          command.site,
          publisher.withdraw(command.site, command.generation),
        );
        break;
      case 'limit-site':
        this.#quietly(
          'Limiting a site failed',
          command.site,
          publisher.setSmallPage(command.site, command.isLimited),
        );
        break;
      case 'block-source':
        this.#options.blockSource(command);
        break;
      case 'probe-now':
        probeNow(command.sites);
        break;
      case 'record-incident':
        recordIncident(command.incident);
        break;
      case 'send-alert':
        alert(command.alert);
        break;
      default:
        break;
    }
  }

  #finish(id: string, outcome: Promise<CommandOutcome>): void {
    outcome.then(
      (known) => {
        this.#options.submit({ type: 'command-finished', id, outcome: known });
      },
      (error: unknown) => {
        const failed = {
          result: 'failed',
          code: errorCode(error) ?? 'unexpected',
          message: errorChain(error),
        } as const;
        this.#options.submit({ type: 'command-finished', id, outcome: failed });
      },
    );
  }

  async #publish(command: Extract<Command, { type: 'publish-notice' }>): Promise<CommandOutcome> {
    const { publisher } = this.#options;
    const limit = {
      ms: publishMs + this.#publishing * publishMsEach,
      what: `Publishing the notice of ${command.order.site}`,
      code: 'DETOUR_NOTICE_NOT_LIVE',
    } as const;
    this.#publishing += 1;
    try {
      await withDeadline(this.#options.clock, limit, async (signal) => {
        await publisher.publish(command.order, signal);
        await publisher.awaitPassed(command.passing ?? [], signal);
      });
    } finally {
      this.#publishing -= 1;
    }
    return { result: 'ok' };
  }

  async #sync(command: Extract<Command, { type: 'sync-routes' }>): Promise<CommandOutcome> {
    const router = this.#options.routers.get(command.router);
    return router === undefined ? noDriver(command.router) : await router.sync(command);
  }

  async #endChange(
    command: Extract<Command, { type: 'confirm-routes' | 'cancel-routes' }>,
  ): Promise<CommandOutcome> {
    const router = this.#options.routers.get(command.router);
    return router === undefined
      ? noDriver(command.router)
      : await router.endChange(command.type === 'confirm-routes' ? 'confirm' : 'cancel');
  }

  async #prove(command: Extract<Command, { type: 'prove' }>): Promise<CommandOutcome> {
    const site = this.#options.site(command.site);
    if (site === undefined) {
      return {
        result: 'failed',
        code: 'DETOUR_PROOF_FAILED',
        message: `${command.site} is not registered`,
      };
    }
    return await this.#prover.prove(site, command);
  }

  #quietly(message: string, site: string, act: Promise<void>): void {
    act.catch((error: unknown) => {
      this.#options.log.warn({ site, code: errorCode(error), err: errorChain(error) }, message);
    });
  }
}

function noDriver(router: string): CommandOutcome {
  return {
    result: 'failed',
    code: 'DETOUR_GUARD_REFUSED',
    message: `no driver for ${router}`,
  };
}
