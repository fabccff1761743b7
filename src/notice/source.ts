import { dueAfter } from './rate-limit.ts';
import { type Conduct, isCrowd } from './source-conduct.ts';
import { ipv4Text, ipv6Text, type PrefixLength } from './source-key.ts';
import { field, type SourceName, type SourceRecords } from './source-records.ts';

/** How wide a source is: one address or link, one customer's line, one organisation. */
export type SourceWidth = 'narrow' | '56' | '48';

/** Added to a kind for what a trusted proxy says of an address: it must not count against the address itself, nor the other way round. */
const proxiedBit = 8;
const kinds = { ipv4: 1, of64: 2, of56: 3, of48: 4 } as const;
const lengths: Readonly<Record<number, PrefixLength>> = { 2: 64, 3: 56, 4: 48 };

/** What kind of record holds a source. */
export function kindOf(what: keyof typeof kinds, isProxied: boolean): number {
  return kinds[what] + (isProxied ? proxiedBit : 0);
}

/** The key of a client that a trusted proxy speaks for. */
export function proxiedKey(key: string): string {
  return `via ${key}`;
}

function textOf({ kind, high, low }: SourceName): string {
  const length = lengths[kind & ~proxiedBit];
  if (length !== undefined) {
    return ipv6Text({ high, low }, length);
  }
  return (kind & ~proxiedBit) === kinds.ipv4 ? ipv4Text(low) : '';
}

/**
 * What one source has open, how fast it opens more, and how it behaves: a look at its record, cheap to make and to let go of.
 * Good as long as the source has a session open, or until the next one is looked for.
 */
export class Source {
  readonly #records: SourceRecords;
  readonly #at: number;

  constructor(records: SourceRecords, at: number) {
    this.#records = records;
    this.#at = at;
  }

  /** Its address or prefix as text, marked when a proxy speaks for it. */
  get key(): string {
    const name = this.#records.nameOf(this.#at);
    return this.isProxied ? proxiedKey(textOf(name)) : textOf(name);
  }

  /** The address or network alone. */
  get address(): string {
    const [address = ''] = textOf(this.#records.nameOf(this.#at)).split('/');
    return address;
  }

  get width(): SourceWidth {
    const length = lengths[this.#kind & ~proxiedBit];
    return length === 56 || length === 48 ? `${length}` : 'narrow';
  }

  /** The next wider source that holds this one; an IPv4 address has none. */
  get wider(): Source | undefined {
    const at = this.#records.view.getInt32(this.#at + field.wider, true);
    return at === 0 ? undefined : new Source(this.#records, at);
  }

  set wider(source: Source) {
    this.#records.view.setInt32(this.#at + field.wider, source.#at, true);
  }

  get sessions(): number {
    return this.#records.view.getInt32(this.#at + field.sessions, true);
  }

  set sessions(count: number) {
    this.#records.view.setInt32(this.#at + field.sessions, count, true);
  }

  /** One bit for each shape of request seen: many people behind one address ask in many ways. */
  get shapes(): number {
    return this.#records.view.getInt32(this.#at + field.shapes, true);
  }

  set shapes(bits: number) {
    this.#records.view.setInt32(this.#at + field.shapes, bits, true);
  }

  /** True when the owner listed it as one that stands for many people. */
  get isListed(): boolean {
    return this.#records.view.getUint8(this.#at + field.isListed) === 1;
  }

  set isListed(isListed: boolean) {
    this.#records.view.setUint8(this.#at + field.isListed, isListed ? 1 : 0);
  }

  /** Undefined as long as it was never refused. */
  get conduct(): Conduct | undefined {
    const { view } = this.#records;
    return view.getUint8(this.#at + field.hasConduct) === 0
      ? undefined
      : {
          sinceMs: view.getFloat64(this.#at + field.sinceMs, true),
          refusals: view.getUint32(this.#at + field.refusals, true),
          offences: view.getUint32(this.#at + field.offences, true),
          answers: view.getUint32(this.#at + field.answers, true),
        };
  }

  set conduct(conduct: Conduct | undefined) {
    const { view } = this.#records;
    view.setUint8(this.#at + field.hasConduct, conduct === undefined ? 0 : 1);
    view.setFloat64(this.#at + field.sinceMs, conduct?.sinceMs ?? 0, true);
    view.setUint32(this.#at + field.refusals, conduct?.refusals ?? 0, true);
    view.setUint32(this.#at + field.offences, conduct?.offences ?? 0, true);
    view.setUint32(this.#at + field.answers, conduct?.answers ?? 0, true);
  }

  /** True when it came through a trusted proxy: the kernel would see the proxy, so it is never blocked there. */
  get isProxied(): boolean {
    return (this.#kind & proxiedBit) !== 0;
  }

  /** True when it stands for many people: listed, or learned from the ways it asks in. */
  get isLarge(): boolean {
    return this.isListed || isCrowd(this.shapes);
  }

  /** True, and counted, when one more session is within its rate; false changes nothing. */
  takeRate(perSecond: number, nowMs: number): boolean {
    const { view } = this.#records;
    const at = this.#at + field.dueMs;
    const due = dueAfter(view.getFloat64(at, true), perSecond, nowMs);
    if (due === -1) {
      return false;
    }
    view.setFloat64(at, due, true);
    return true;
  }

  get #kind(): number {
    return this.#records.view.getUint8(this.#at + field.kind);
  }
}
