import type { ReadinessList } from '../../api/sites/readiness-routes.ts';
import type { SiteList, SiteView } from '../../api/sites/schema.ts';
import type { StatusView } from '../../api/status/schema.ts';
import type { AuditList, BrakeList, IncidentList, RouterList, WindowList } from '../api/answers.ts';
import type { Client } from '../api/client.ts';
import { LiveStream } from '../api/live-stream.ts';
import {
  emptyWorld,
  everythingWanted,
  keptAudit,
  nothingWanted,
  type Wanted,
  type World,
  wantedAfter,
  withSites,
} from './world.ts';

/** News come in bursts; one reading answers them all. */
const gatherMs = 120;

/** The page reads everything again this often, whatever the stream says. */
const rereadMs = 60_000;

/** Nothing is said of sites that nobody can tell of. */
function unreadySites({ sites }: ReadinessList): ReadonlySet<string> {
  return new Set((sites ?? []).filter(({ isReady }) => !isReady).map(({ site }) => site));
}

/** Keeps the world true to the API: reads all of it once, then whatever the news make stale. */
export class LiveWorld {
  readonly client: Client;
  world: World = emptyWorld;
  readonly #listeners = new Set<() => void>();
  readonly #stream: LiveStream;
  #wanted: Wanted = nothingWanted;
  #timer = 0;
  #reread = 0;

  constructor(client: Client) {
    this.client = client;
    this.#stream = new LiveStream({
      token: client.token,
      onNews: (news) => this.#want(wantedAfter(this.#wanted, news)),
      onLive: (isLive) => this.#onLive(isLive),
    });
  }

  /** Reads everything; rejects when the token is refused or nothing answers. Then follows the news. */
  async start(): Promise<void> {
    // One request first: a token that is refused must not be refused eight times.
    await this.#read({ ...nothingWanted, isStatus: true });
    await this.#read(everythingWanted);
    void this.#stream.run();
    this.#reread = window.setInterval(() => this.#want(everythingWanted), rereadMs);
  }

  close(): void {
    this.#stream.close();
    clearTimeout(this.#timer);
    clearInterval(this.#reread);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes in a site that an order brought back, before the news of it come. */
  take(site: SiteView): void {
    this.#put(withSites(this.world, [site]));
  }

  /** Reads everything again now. */
  refresh(): void {
    this.#want(everythingWanted);
  }

  #onLive(isLive: boolean): void {
    if (isLive && !this.world.isLive) {
      this.#want(everythingWanted);
    }
    this.#put({ ...this.world, isLive });
  }

  #want(wanted: Wanted): void {
    this.#wanted = wanted;
    if (this.#timer === 0) {
      this.#timer = window.setTimeout(() => {
        this.#timer = 0;
        const now = this.#wanted;
        this.#wanted = nothingWanted;
        // A reading that fails is made up for by the next; the stream shows that something is wrong.
        this.#read(now).catch(() => this.#put({ ...this.world, isLive: false }));
      }, gatherMs);
    }
  }

  async #read(wanted: Wanted): Promise<void> {
    const { client } = this;
    const when = <T>(isWanted: boolean, path: string): Promise<T | undefined> =>
      isWanted ? client.ask<T>(path) : Promise.resolve(undefined);
    const single = wanted.isEverySite ? [] : [...wanted.sites];
    const [status, all, some, brakes, routers, incidents, windows, audit, readiness] =
      await Promise.all([
        when<StatusView>(wanted.isStatus, '/status'),
        when<SiteList>(wanted.isEverySite, '/sites'),
        Promise.all(single.map((name) => this.#site(name))),
        when<BrakeList>(wanted.isBrakes, '/brakes'),
        when<RouterList>(wanted.isRouters, '/routers'),
        when<IncidentList>(wanted.isIncidents, '/incidents?limit=200'),
        when<WindowList>(wanted.isWindows, '/maintenance'),
        when<AuditList>(wanted.isAudit, `/audit?limit=${keptAudit}`),
        when<ReadinessList>(wanted.isEverySite, '/readiness'),
      ]);
    const { world } = this;
    const merged = withSites(
      all === undefined
        ? world
        : { ...world, sites: new Map(all.sites.map((site) => [site.name, site])) },
      some.filter((site) => site !== undefined),
    );
    this.#put({
      ...merged,
      status: status ?? world.status,
      brakes: brakes?.brakes ?? world.brakes,
      routers: routers?.routers ?? world.routers,
      incidents: incidents?.incidents ?? world.incidents,
      windows: windows?.windows ?? world.windows,
      audit: audit?.records ?? world.audit,
      unready: readiness === undefined ? world.unready : unreadySites(readiness),
      heardAt: Date.now(),
    });
  }

  /** A site that was removed meanwhile is no failure; the whole list follows. */
  async #site(name: string): Promise<SiteView | undefined> {
    try {
      return await this.client.ask<SiteView>(`/sites/${name}`);
    } catch {
      this.#want({ ...this.#wanted, isEverySite: true });
      return undefined;
    }
  }

  #put(world: World): void {
    this.world = world;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}
