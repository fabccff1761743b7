import { isDeepStrictEqual } from 'node:util';
import type { NoticeOrder } from '../../../core/command.ts';
import { isOverHttps, type Site } from '../../../core/site.ts';
import { DetourError } from '../../../lib/errors.ts';
import { Gate } from '../../../lib/gate.ts';
import { neutralSite, writeMarker } from '../../../lib/marker.ts';
import type { EpochMs } from '../../../lib/time.ts';
import { massTextName, type NoticeText } from '../../../ports/notice-text.ts';
import type { Snapshot, SnapshotSite } from '../../../ports/snapshot.ts';
import { noticeWords } from './notice-words.ts';
import { recoverOrder } from './recover-order.ts';
import type { NoticeRenderer } from './renderer.ts';
import type { SigningKey } from './signing-key.ts';
import { type SitePart, sitePart, siteSchema } from './snapshot-file.ts';

/** Renders at once: enough to keep the compressing threads busy, few enough to leave the main thread free. */
const rendersAtOnce = 4;

/** Standby and neutral answers are never a 200: nobody asked for one, and search engines would keep it. */
const quietStatus = 503;

interface Entry {
  /** Undefined while only a standing notice is left of the site. */
  site: Site | undefined;
  text: NoticeText;
  order: NoticeOrder | undefined;
  /** A standing notice taken over as it is. */
  kept: SnapshotSite | undefined;
  isSmallOnly: boolean;
  /** Its part of the snapshot; undefined before it is first rendered. */
  part: SitePart | undefined;
}

/** The notice of every site: which one stands, and its part of the snapshot. */
export class SiteNotices {
  #renderer: NoticeRenderer;
  readonly #key: SigningKey;
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Set<string>();
  #massText: NoticeText = {};
  #neutral: Snapshot['neutral'] | undefined;

  constructor(renderer: NoticeRenderer, key: SigningKey, active: readonly SnapshotSite[]) {
    this.#renderer = renderer;
    this.#key = key;
    for (const kept of active) {
      const { name, isSmallOnly } = kept;
      const order = recoverOrder(kept);
      this.#entries.set(name, {
        site: undefined,
        text: {},
        order,
        kept,
        isSmallOnly,
        part: undefined,
      });
      this.#changed.add(name);
    }
  }

  /** A registered site; throws DETOUR_NOTICE_PUBLISH_FAILED when there is none of that name. */
  siteOf(name: string): Site {
    return this.#registered(name).site;
  }

  /** The generation of the notice that stands; 0 for standby. */
  generationOf(name: string): number {
    const entry = this.#entries.get(name);
    return entry?.order?.generation ?? entry?.kept?.generation ?? 0;
  }

  /** Takes the sites and their words; true when anything is to be written. A standing notice outlives its site. */
  register(sites: readonly Site[], texts: Readonly<Record<string, NoticeText>>): boolean {
    const names = new Set(sites.map(({ name }) => name));
    for (const [name, entry] of this.#entries) {
      if (!names.has(name) && entry.site !== undefined) {
        this.#unregister(name, entry);
      }
    }
    for (const site of sites) {
      this.#registerOne(site, texts[site.name] ?? {});
    }
    this.#setMassText(texts[massTextName] ?? {});
    for (const [name, { site }] of this.#entries) {
      // Its hostnames may belong to somebody else by now.
      if (site === undefined) {
        this.#changed.add(name);
      }
    }
    return this.#changed.size > 0;
  }

  /** Shows everything that is rendered from now on, and what stands, in another look. */
  setRenderer(renderer: NoticeRenderer): void {
    this.#renderer = renderer;
    this.#neutral = undefined;
    for (const name of this.#entries.keys()) {
      this.#changed.add(name);
    }
  }

  /** True when the order differs from the one that stands. */
  setOrder(order: NoticeOrder): boolean {
    const entry = this.#entries.get(order.site);
    if (entry === undefined || isDeepStrictEqual(entry.order, order)) {
      return this.#changed.has(order.site);
    }
    entry.order = order;
    entry.kept = undefined;
    this.#changed.add(order.site);
    return true;
  }

  /** Goes back to standby; true when there was a notice to take back. */
  clearOrder(name: string): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined || (entry.order === undefined && entry.kept === undefined)) {
      return false;
    }
    entry.order = undefined;
    entry.kept = undefined;
    this.#changed.add(name);
    if (entry.site === undefined) {
      this.#entries.delete(name);
    }
    return true;
  }

  /** True when this changes anything. */
  setSmallOnly(name: string, isSmallOnly: boolean): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.isSmallOnly === isSmallOnly) {
      return false;
    }
    entry.isSmallOnly = isSmallOnly;
    this.#changed.add(name);
    return true;
  }

  /** Renders what changed. A site that cannot be rendered keeps what it had, and its error is in the answer. */
  async renderChanged(now: EpochMs): Promise<ReadonlyMap<string, unknown>> {
    const gate = new Gate(rendersAtOnce);
    const failures = new Map<string, unknown>();
    const names = [...this.#changed];
    this.#changed.clear();
    const renderOne = async (name: string): Promise<void> => {
      const entry = this.#entries.get(name);
      if (entry === undefined) {
        return;
      }
      try {
        entry.part = sitePart(await this.#renderEntry(name, entry, now));
      } catch (error) {
        failures.set(name, error);
        this.#changed.add(name);
      }
    };
    await Promise.all(names.map((name) => gate.run(() => renderOne(name))));
    return failures;
  }

  /** Every site's part of the snapshot. */
  parts(): readonly SitePart[] {
    return [...this.#entries.values()].flatMap(({ part }) => (part === undefined ? [] : [part]));
  }

  async neutral(): Promise<Snapshot['neutral']> {
    this.#neutral ??= {
      generation: 0,
      marker: writeMarker({ site: neutralSite, generation: 0 }, this.#key.privateKey),
      status: quietStatus,
      isSmallOnly: false,
      contentSecurityPolicy: this.#renderer.contentSecurityPolicy,
      editions: await this.#renderer.quiet({
        kind: 'neutral',
        site: neutralSite,
        status: quietStatus,
        title: {},
      }),
    };
    return this.#neutral;
  }

  /** Renders a registered site as it would look under an order, in its own words or in others. */
  async render(order: NoticeOrder, now: EpochMs, text?: NoticeText): Promise<SnapshotSite> {
    const { site, entry } = this.#registered(order.site);
    return await this.#notice(site, text === undefined ? entry : { ...entry, text }, order, now);
  }

  #registered(name: string): { readonly site: Site; readonly entry: Entry } {
    const entry = this.#entries.get(name);
    if (entry?.site === undefined) {
      throw new DetourError(`Could not find ${name} among the registered sites`, {
        code: 'DETOUR_NOTICE_PUBLISH_FAILED',
      });
    }
    return { site: entry.site, entry };
  }

  #registerOne(site: Site, text: NoticeText): void {
    const entry = this.#entries.get(site.name);
    if (entry === undefined) {
      const blank = { order: undefined, kept: undefined, isSmallOnly: false, part: undefined };
      this.#entries.set(site.name, { site, text, ...blank });
      this.#changed.add(site.name);
      return;
    }
    if (!isDeepStrictEqual(entry.site, site) || !isDeepStrictEqual(entry.text, text)) {
      entry.site = site;
      entry.text = text;
      this.#changed.add(site.name);
    }
  }

  #setMassText(text: NoticeText): void {
    if (isDeepStrictEqual(this.#massText, text)) {
      return;
    }
    this.#massText = text;
    for (const [name, { order }] of this.#entries) {
      if (order?.isMass === true) {
        this.#changed.add(name);
      }
    }
  }

  #unregister(name: string, entry: Entry): void {
    if (entry.order === undefined && entry.kept === undefined) {
      this.#entries.delete(name);
    } else if (entry.part !== undefined) {
      entry.kept = siteSchema.parse(JSON.parse(entry.part.bytes.toString()));
    }
    entry.site = undefined;
    this.#changed.add(name);
  }

  async #renderEntry(name: string, entry: Entry, now: EpochMs): Promise<SnapshotSite> {
    const { site, order, kept, isSmallOnly } = entry;
    if (site !== undefined && order !== undefined) {
      return await this.#notice(site, entry, order, now);
    }
    if (kept !== undefined) {
      return site === undefined
        ? { ...kept, hostnames: this.#withoutClaimed(kept.hostnames), isSmallOnly }
        : { ...kept, hostnames: site.hostnames, addresses: site.addresses, isSmallOnly };
    }
    if (site === undefined) {
      throw new Error(`${name} has neither a registration nor a notice`);
    }
    const { passThrough } = site.origin ?? {};
    const facts = { kind: 'standby', site: name, status: quietStatus, title: site.title } as const;
    return {
      ...this.#frame(site, 0, isSmallOnly),
      status: quietStatus,
      // Without a notice of its own it is well: whoever asks for it here belongs to its origin.
      ...(passThrough === undefined ? {} : { passThrough }),
      editions: await this.#renderer.quiet(facts),
    };
  }

  async #notice(
    site: Site,
    { text, isSmallOnly }: Entry,
    order: NoticeOrder,
    now: EpochMs,
  ): Promise<SnapshotSite> {
    const { text: words, ...expected } = noticeWords(order, text, this.#massText);
    return {
      ...this.#frame(site, order.generation, isSmallOnly),
      ...expected,
      editions: await this.#renderer.notice({ site, text: words, order, ...expected }, now),
    };
  }

  #frame(site: Site, generation: number, isSmallOnly: boolean): Omit<SnapshotSite, 'editions'> {
    const { name, hostnames, addresses, noticeStatus } = site;
    return {
      name,
      hostnames,
      addresses,
      generation,
      marker: writeMarker({ site: name, generation }, this.#key.privateKey),
      status: noticeStatus,
      isSmallOnly,
      ...(isOverHttps(site) ? { needsHttps: true } : {}),
      contentSecurityPolicy: this.#renderer.contentSecurityPolicy,
    };
  }

  /** A hostname belongs to the registered site that has it now, never to a notice left over from another. */
  #withoutClaimed(hostnames: readonly string[]): readonly string[] {
    const claimed = new Set(
      [...this.#entries.values()].flatMap(({ site }) => site?.hostnames ?? []),
    );
    return hostnames.filter((hostname) => !claimed.has(hostname));
  }
}
