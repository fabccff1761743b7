import type { ControlEvent } from '../core/event.ts';
import type { Site } from '../core/site.ts';
import type { CoreConfig, State } from '../core/state.ts';
import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { NoticePublisher, RenderedNotice } from '../ports/notice-publisher.ts';
import { massTextName, type NoticeText } from '../ports/notice-text.ts';
import type { Store } from '../ports/store.ts';
import type { NoticeDesk, NoticeVersion, PreviewAsk, SiteRegistry } from './control.ts';
import { NoticeHistory, type ParseHistory } from './notice-history.ts';
import { previewOrder } from './preview-order.ts';

/** More sites than one controller is measured for. */
export const maxSites = 10_000;

interface SitesOptions {
  readonly store: Store;
  readonly publisher: NoticePublisher;
  readonly state: () => State;
  readonly submit: (event: ControlEvent) => Promise<State>;
  readonly parseSite: (value: unknown) => Site | undefined;
  readonly parseText: (value: unknown) => NoticeText | undefined;
  readonly parseHistory: ParseHistory;
  readonly now: () => number;
  readonly log: Log;
}

/** The registered sites, from the file and from the store, and the words of their notices. */
export class Sites implements SiteRegistry, NoticeDesk {
  readonly #options: SitesOptions;
  #base: CoreConfig;
  readonly #made = new Map<string, Site>();
  readonly #texts = new Map<string, NoticeText>();
  readonly #history: NoticeHistory;

  constructor(base: CoreConfig, options: SitesOptions) {
    this.#base = base;
    this.#options = options;
    this.#history = new NoticeHistory(options.store, options.parseHistory);
  }

  /** Loads what the store knows; true when that is something else than before. A dead store changes nothing and says so. */
  async load(): Promise<boolean> {
    const { store, log, parseSite, parseText } = this.#options;
    const before = this.#known();
    try {
      const sites = await store.list('site', { limit: maxSites });
      const texts = await store.list('notice', { limit: maxSites });
      this.#made.clear();
      for (const site of sites.flatMap(({ value }) => parseSite(value) ?? [])) {
        this.#made.set(site.name, site);
      }
      this.#texts.clear();
      for (const { id, value } of texts) {
        const text = parseText(value);
        if (text !== undefined) {
          this.#texts.set(id, text);
        }
      }
    } catch (error) {
      log.error({ err: errorChain(error) }, 'Sites made through the API could not be loaded');
    }
    return this.#known() !== before;
  }

  /** The whole configuration of the core: the file's sites win over the store's of the same name. */
  config(): CoreConfig {
    return { ...this.#base, sites: { ...Object.fromEntries(this.#made), ...this.#base.sites } };
  }

  /** Puts the file's part in place after a reload, and tells the core and the notice plane. When it rejects, the old part stays. */
  async rebase(base: CoreConfig): Promise<void> {
    const before = this.#base;
    this.#base = base;
    try {
      await this.apply();
    } catch (error) {
      this.#base = before;
      await this.registerAll().catch((problem: unknown) => {
        this.#options.log.error({ err: errorChain(problem) }, 'The old notices were not restored');
      });
      throw error;
    }
  }

  /** Hands every site with its own words to the notice plane. */
  async registerAll(): Promise<void> {
    const sites = Object.values(this.config().sites);
    await this.#options.publisher.register(sites, Object.fromEntries(this.#texts));
  }

  /** Notices first, then the core: nothing is decided for a site whose notice is not known. */
  async apply(): Promise<void> {
    await this.registerAll();
    await this.#options.submit({ type: 'config-applied', config: this.config() });
  }

  async put(site: Site, actor: string): Promise<void> {
    await this.#note(
      site.name,
      actor,
      `site ${site.name} registered with ${site.addresses.join(', ')}`,
    );
    await this.#options.store.put('site', site.name, site);
    this.#made.set(site.name, site);
    await this.apply();
  }

  async remove(name: string, actor: string): Promise<void> {
    await this.#note(name, actor, `site ${name} removed`);
    await this.#options.store.remove('site', name);
    this.#made.delete(name);
    await this.apply();
  }

  async text(site: string): Promise<NoticeText> {
    return this.#texts.get(site) ?? {};
  }

  async setText(site: string, text: NoticeText, actor: string): Promise<void> {
    const { store, submit, state, now } = this.#options;
    const isMass = site === massTextName;
    const detail = 'the words that mass incidents share changed';
    await submit(
      isMass
        ? { type: 'noted', reason: 'notice-changed', owner: actor, detail }
        : { type: 'notice-changed', site, owner: actor },
    );
    await this.#history.add(site, { text, author: actor, at: now() });
    await store.put('notice', site, text);
    this.#texts.set(site, text);
    await this.registerAll();
    const at = text.expectedRecoveryAt;
    if (!isMass && state().sites.get(site)?.expectedRecoveryAt !== at) {
      await submit({ type: 'expected-recovery-set', site, at, owner: actor });
    }
  }

  async history(site: string): Promise<readonly NoticeVersion[]> {
    return await this.#history.versions(site);
  }

  async preview(site: string, { kind, ...options }: PreviewAsk): Promise<RenderedNotice> {
    const { state, now, publisher } = this.#options;
    const order = previewOrder(site, state().sites.get(site), { kind, now: now() });
    const at = options.text?.expectedRecoveryAt;
    const expected = at === undefined ? {} : { expectedRecoveryAt: at };
    return await publisher.preview({ ...order, ...expected }, options);
  }

  #known(): string {
    return JSON.stringify([[...this.#made].sort(), [...this.#texts].sort()]);
  }

  async #note(site: string, owner: string, detail: string): Promise<void> {
    await this.#options.submit({ type: 'noted', reason: 'site-changed', owner, site, detail });
  }
}
