import type { EpochMs } from '../lib/time.ts';
import type { RefusalReason } from '../metrics/notice-metrics.ts';
import { forwardedClient } from './client-address.ts';
import { normaliseHost } from './host-name.ts';
import { encodingOrder, formatOrder, languageOrder, remembered } from './negotiation.ts';
import type { PreparedAnswer } from './prepared-answer.ts';
import type { RequestHead } from './request-head.ts';
import type { AdmittedConnection, SessionDesk } from './session-desk.ts';
import type { SiteAccount } from './site-account.ts';
import type { SiteNotice } from './site-notice.ts';
import { proxiedKey, type Source } from './source.ts';
import { sourceKey } from './source-key.ts';

const formatsOf = remembered(formatOrder);
const languagesOf = remembered(languageOrder);
const encodingsOf = remembered(encodingOrder);

/** On what terms an answer is picked. */
export interface PickTerms {
  readonly isClose: boolean;
  readonly isRefused: boolean;
  readonly now: EpochMs;
}

/** What the requests of one connection are answered with, and on whose account: who asks, for which site, within which limits. */
export class Visit {
  readonly #desk: SessionDesk;
  readonly #connection: AdmittedConnection;
  /** Whom a trusted proxy speaks for. */
  #client: Source | undefined;
  #clientAddress: string | undefined;
  #account: SiteAccount;
  /** The site's limits have been asked; its share of the whole, too. */
  #isEntered = false;
  readonly #isShareChecked: boolean;

  /** With an account when the site was known before the request: its share was then checked already. */
  constructor(desk: SessionDesk, connection: AdmittedConnection) {
    const { account, client } = connection;
    this.#desk = desk;
    this.#connection = connection;
    this.#client = client;
    this.#isShareChecked = account !== undefined;
    this.#account = account ?? desk.admission.account(undefined);
    desk.admission.hold(this.#account);
  }

  /** The site that the session counts to now. */
  get account(): SiteAccount {
    return this.#account;
  }

  /** The address that a trusted proxy speaks for. */
  get clientAddress(): string | undefined {
    return this.#clientAddress;
  }

  /** The notice that a request asks for. */
  noticeFor(head: RequestHead): SiteNotice {
    return this.#desk.book.find(this.#hostOf(head));
  }

  /** True when the certificate shown does not stand for the host asked for: RFC 9110 7.4 says not to answer in its name. */
  isMisdirected(head: RequestHead, { site }: SiteNotice): boolean {
    const { vouched } = this.#connection;
    if (vouched === undefined) {
      return false;
    }
    const { serverName, site: shown } = vouched;
    return serverName === undefined
      ? shown !== undefined && site !== undefined && site !== shown
      : normaliseHost(this.#hostOf(head)) !== serverName;
  }

  /** Counts a request to its client and its site, or says which limit stands against it. */
  admit(head: RequestHead, notice: SiteNotice, nowMs: number): RefusalReason | undefined {
    const refused = this.#identify(head, nowMs) ?? this.#enter(notice, nowMs);
    this.#desk.admission.sources.answered(this.#visitor, head.shape);
    return refused;
  }

  /** The answer in the form that the request prefers. */
  pick(
    notice: SiteNotice,
    head: RequestHead,
    { isClose, isRefused, now }: PickTerms,
  ): PreparedAnswer | undefined {
    return notice.answer(
      {
        formats: formatsOf(head.accept),
        languages: languagesOf(head.acceptLanguage),
        encodings: encodingsOf(head.acceptEncoding),
        isSmall: isRefused || this.#desk.isSmall,
        isPost: head.isPost,
        isForMachines: head.isForMachines,
        isClose,
      },
      now,
    );
  }

  /** Notes something that no browser does. */
  offence(nowMs: number): void {
    this.#desk.admission.sources.offence(this.#visitor, nowMs);
  }

  /** Counts the session to the client that a trusted proxy names, unless it is the one already. */
  speakFor(address: string, nowMs: number): RefusalReason | undefined {
    const { admission } = this.#desk;
    if (this.#client?.key === proxiedKey(sourceKey(address))) {
      return;
    }
    this.#leaveClient();
    const client = admission.openClient(address, nowMs);
    if (typeof client === 'string') {
      return client;
    }
    this.#client = client;
    this.#clientAddress = address;
    return;
  }

  /** Gives back all that the session holds. */
  leave(): void {
    const { admission } = this.#desk;
    this.#leaveClient();
    admission.leave(this.#account);
    admission.close(this.#connection.source);
  }

  get #visitor(): Source {
    return this.#client ?? this.#connection.source;
  }

  /** Old clients name no host; TLS or the address then tells. */
  #hostOf({ host }: RequestHead): string {
    const { vouched, socket } = this.#connection;
    return host || (vouched?.serverName ?? socket.localAddress ?? '');
  }

  #leaveClient(): void {
    if (this.#client !== undefined) {
      this.#desk.admission.sources.leave(this.#client);
      this.#client = undefined;
    }
  }

  /**
   * Moves the session to a site's account. A session over the site's limits gets the small page and a close,
   * not silence: the proof that a diversion works must not fail just because its site is flooded.
   */
  #enter({ site }: SiteNotice, nowMs: number): RefusalReason | undefined {
    const { admission } = this.#desk;
    const account = admission.account(site);
    if (account === this.#account && this.#isEntered) {
      return;
    }
    const isShareChecked = account === this.#account && this.#isShareChecked;
    admission.leave(this.#account);
    admission.hold(account);
    this.#account = account;
    this.#isEntered = true;
    return admission.refuse(account, nowMs, isShareChecked);
  }

  /** Learns from a trusted proxy whose request this is. Without a word from it, the proxy speaks for itself. */
  #identify({ forwardedFor }: RequestHead, nowMs: number): RefusalReason | undefined {
    if (forwardedFor === undefined) {
      return;
    }
    const { admission } = this.#desk;
    const client = forwardedClient(forwardedFor, (hop) => admission.isTrustedProxy(hop));
    return client === undefined ? undefined : this.speakFor(client, nowMs);
  }
}
