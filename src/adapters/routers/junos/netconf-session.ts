import { randomUUID } from 'node:crypto';
import { DetourError, type DetourErrorOptions } from '../../../lib/errors.ts';
import { familyOf } from '../../../lib/ip.ts';
import { minute } from '../../../lib/time.ts';
import {
  cancelCommit,
  capabilities,
  commitConfirmed,
  commitForGood,
  discardChanges,
  editCandidate,
  lockCandidate,
  unlockCandidate,
  validateCandidate,
} from '../../netconf/operations.ts';
import type { RpcError } from '../../netconf/rpc-error.ts';
import { NetconfSession } from '../../netconf/session.ts';
import { openTurnstile, type Turnstile } from '../../transports/one-at-a-time.ts';
import type { DriverContext } from '../open-driver.ts';
import type { RouteEdit } from '../route-edits.ts';
import type { JunosQuestion } from './commands.ts';
import { isModified } from './refusals.ts';
import { commitMs, type JunosAccess, type JunosCommit, type JunosSession } from './session.ts';

/** A change is a reading, the change and another reading: one login serves them all, and none is kept for long. */
const lingerMs = 3_000;

/** The questions as requests. */
const questionRequests: Readonly<Record<JunosQuestion, string>> = {
  configuration:
    '<get-config><source><running/></source><filter type="subtree"><configuration><routing-options/></configuration></filter></get-config>',
  installed4: routesRequest('inet.0'),
  installed6: routesRequest('inet6.0'),
  commits: '<get-commit-information/>',
};

/** Loads the configuration before the last commit into the candidate: Junos' own request, for want of `cancel-commit`. */
const loadPrevious = '<load-configuration rollback="1"/>';

function routesRequest(table: string): string {
  return `<get-route-information><table>${table}</table><protocol>static</protocol></get-route-information>`;
}

/** Every request that the account needs; what fits none of them is never sent. */
export const allowedRequests: readonly RegExp[] = [
  /^<get-config><source><running\/><\/source><filter type="subtree"><configuration><routing-options\/><\/configuration><\/filter><\/get-config>$/,
  /^<get-route-information><table>inet6?\.0<\/table><protocol>static<\/protocol><\/get-route-information>$/,
  /^<get-commit-information\/>$/,
  /^<(un)?lock><target><candidate\/><\/target><\/(un)?lock>$/,
  /^<edit-config><target><candidate\/><\/target><default-operation>merge<\/default-operation><config><configuration><routing-options>(<\/?(static|rib|route|name|next-hop|tag|metric-value)>|<route operation="delete">|[0-9a-z.:/])*<\/routing-options><\/configuration><\/config><\/edit-config>$/,
  /^<validate><source><candidate\/><\/source><\/validate>$/,
  /^<commit(\/>|>(<confirmed\/><confirm-timeout>\d+<\/confirm-timeout>)?(<persist(-id)?>[\w-]+<\/persist(-id)?>)?<\/commit>)$/,
  /^<cancel-commit(\/>|><persist-id>[\w-]+<\/persist-id><\/cancel-commit>)$/,
  /^<load-configuration rollback="1"\/>$/,
  /^<discard-changes\/>$/,
];

/** The configuration that carries out edits, as `edit-config` takes it. */
export function editsConfig(edits: readonly RouteEdit[], tag: number): string {
  const of = (family: 'ipv4' | 'ipv6'): string => {
    const routes = edits
      .filter(({ prefix }) => familyOf(prefix) === family)
      .map((edit) => routeElement(edit, tag));
    return routes.length === 0 ? '' : `<static>${routes.join('')}</static>`;
  };
  const v6 = of('ipv6');
  const rib = v6 === '' ? '' : `<rib><name>inet6.0</name>${v6}</rib>`;
  return `<configuration><routing-options>${of('ipv4')}${rib}</routing-options></configuration>`;
}

function routeElement({ act, prefix, nextHop }: RouteEdit, tag: number): string {
  const name = `<name>${prefix}</name>`;
  return act === 'set'
    ? `<route>${name}<next-hop>${nextHop}</next-hop><tag><metric-value>${tag}</metric-value></tag></route>`
    : `<route operation="delete">${name}</route>`;
}

/** Opens the NETCONF subsystem of a Junos device. */
export function openNetconf(context: DriverContext, tag: number): JunosAccess {
  return new NetconfAccess(context, tag);
}

/** Keeps one session for a moment, and one with an unconfirmed commit that would fall with it until that is settled. */
class NetconfAccess implements JunosAccess {
  readonly #context: DriverContext;
  readonly #tag: number;
  readonly #inTurn: Turnstile;
  readonly #standing: Standing = { holdMs: 0, persistId: undefined };
  #session: JunosNetconf | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(context: DriverContext, tag: number) {
    this.#context = context;
    this.#tag = tag;
    this.#inTurn = openTurnstile(context.router);
  }

  async use<Result>(
    signal: AbortSignal,
    act: (session: JunosSession) => Promise<Result>,
  ): Promise<Result> {
    return await this.#inTurn(async () => {
      clearTimeout(this.#linger);
      const session = await this.#open(signal);
      try {
        const result = await act(session);
        this.#keep(session);
        return result;
      } catch (error) {
        // A refusal is no reason to lose a commit that falls with its session.
        if (session.isBroken || this.#standing.holdMs === 0) {
          await this.#drop();
        } else {
          this.#keep(session);
        }
        throw error instanceof DetourError && error.detail === undefined
          ? session.error(error.message, error)
          : error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#linger);
    await this.#inTurn(() => this.#drop());
  }

  async #open(signal: AbortSignal): Promise<JunosNetconf> {
    if (this.#session !== undefined && !this.#session.isBroken) {
      this.#session.continueUnder(signal);
      return this.#session;
    }
    const { transport, router } = this.#context;
    const stream = await transport.openStream('netconf', signal);
    const session = new JunosNetconf(
      await NetconfSession.open(stream, { place: router, allowed: allowedRequests }, signal),
      {
        router,
        tag: this.#tag,
        standing: this.#standing,
      },
    );
    this.#session = session;
    return session;
  }

  #keep(session: JunosNetconf): void {
    this.#linger = setTimeout(() => {
      void this.#inTurn(() => (this.#session === session ? this.#drop() : Promise.resolve()));
    }, lingerMs + this.#standing.holdMs);
    this.#linger.unref();
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

/** What must be known of our unconfirmed commit from one session to the next. */
interface Standing {
  /** How long a session must be kept because the commit hangs on it. */
  holdMs: number;
  /** Names the commit to a server of 1.1, on which it outlives its session. */
  persistId: string | undefined;
}

class JunosNetconf implements JunosSession {
  readonly #session: NetconfSession;
  readonly #router: string;
  readonly #tag: number;
  readonly #standing: Standing;

  constructor(
    session: NetconfSession,
    options: { readonly router: string; readonly tag: number; readonly standing: Standing },
  ) {
    this.#session = session;
    this.#router = options.router;
    this.#tag = options.tag;
    this.#standing = options.standing;
  }

  get isBroken(): boolean {
    return this.#session.isBroken;
  }

  continueUnder(signal: AbortSignal): void {
    this.#session.continueUnder(signal);
  }

  async close(): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  async ask(question: JunosQuestion): Promise<string> {
    const { text } = await this.#session.demand(
      questionRequests[question],
      'its routes cannot be read',
    );
    return text;
  }

  async change(plan: () => Promise<readonly RouteEdit[]>, commit: JunosCommit): Promise<boolean> {
    return await this.#withCandidate(async () => {
      const edits = await plan();
      if (edits.length === 0) {
        return false;
      }
      await this.#session.demand(
        editCandidate(editsConfig(edits, this.#tag)),
        'nothing was committed',
      );
      if (
        this.#session.has(capabilities.validate10) ||
        this.#session.has(capabilities.validate11)
      ) {
        await this.#session.demand(validateCandidate, 'nothing was committed', commitMs);
      }
      if (commit === 'lasting') {
        await this.#commit(commitForGood());
      } else {
        await this.#commitConfirmed(commit.minutes * minute);
      }
      return true;
    });
  }

  async confirm(): Promise<void> {
    await this.#withCandidate(() => this.#commit(commitForGood(this.#standing.persistId)));
    this.#settled();
  }

  async goBack(): Promise<void> {
    if (this.#session.has(capabilities.confirmedCommit11)) {
      await this.#commit(cancelCommit(this.#standing.persistId));
    } else {
      await this.#withCandidate(async () => {
        await this.#session.demand(loadPrevious, 'the change stands until its time is over');
        await this.#commit(commitForGood());
      });
    }
    this.#settled();
  }

  error(message: string, options: Omit<DetourErrorOptions, 'detail'>): DetourError {
    const { code, retryable, cause } = options;
    return this.#session.error(message, {
      code,
      ...(retryable === undefined ? {} : { retryable }),
      cause,
    });
  }

  async #commitConfirmed(ms: number): Promise<void> {
    const doesPersist = this.#session.has(capabilities.confirmedCommit11);
    const id = doesPersist ? `detour-${randomUUID()}` : undefined;
    await this.#commit(commitConfirmed(ms / 1_000, id));
    this.#standing.persistId = id;
    this.#standing.holdMs = doesPersist ? 0 : ms;
  }

  #settled(): void {
    this.#standing.holdMs = 0;
    this.#standing.persistId = undefined;
  }

  async #commit(operation: string): Promise<void> {
    await this.#session.demand(operation, 'the commit failed', commitMs);
  }

  async #withCandidate<Result>(act: () => Promise<Result>): Promise<Result> {
    const { errors } = await this.#session.ask(lockCandidate);
    if (errors[0] !== undefined) {
      // Not ours, so nothing is discarded either: that would take somebody's work.
      throw this.#closed(errors[0]);
    }
    let result: Result;
    try {
      result = await act();
    } catch (error) {
      await this.#release().catch(() => undefined);
      throw error;
    }
    await this.#release();
    return result;
  }

  async #release(): Promise<void> {
    const standing = 'the candidate is given back with the session';
    await this.#session.demand(discardChanges, standing);
    await this.#session.demand(unlockCandidate, standing);
  }

  #closed({ tag, message, holder }: RpcError): DetourError {
    const cause = new Error(message);
    if (isModified([message])) {
      return this.error(
        `The candidate of ${this.#router} has changes of ${holder ?? 'somebody else'}; a commit would take them along`,
        { code: 'DETOUR_ROUTER_LOCKED', cause },
      );
    }
    const isLock = tag === 'lock-denied' || /\block/i.test(message);
    return this.error(
      isLock
        ? `${holder ?? 'Somebody'} has locked the configuration of ${this.#router}`
        : `${this.#router} did not give its candidate`,
      { code: isLock ? 'DETOUR_ROUTER_LOCKED' : 'DETOUR_ROUTER_COMMAND_REJECTED', cause },
    );
  }
}
