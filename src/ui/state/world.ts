import type { AuditRecordView } from '../../api/audit/schema.ts';
import type { BrakeView } from '../../api/brakes/schema.ts';
import type { News } from '../../api/events/schema.ts';
import type { IncidentView } from '../../api/incidents/schema.ts';
import type { WindowView } from '../../api/maintenance/schema.ts';
import type { RouterStanding } from '../../api/routers/schema.ts';
import type { SiteView } from '../../api/sites/schema.ts';
import type { StatusView } from '../../api/status/schema.ts';

/** All that the page knows. Replaced as a whole; parts that did not change stay the same objects. */
export interface World {
  readonly status: StatusView | undefined;
  readonly sites: ReadonlyMap<string, SiteView>;
  readonly brakes: readonly BrakeView[];
  readonly routers: readonly RouterStanding[];
  readonly incidents: readonly IncidentView[];
  readonly windows: readonly WindowView[];
  readonly audit: readonly AuditRecordView[];
  /** Names of sites whose visitors would not see their notice as they should. */
  readonly unready: ReadonlySet<string>;
  /** False from the moment the stream breaks: what is shown may then be old. */
  readonly isLive: boolean;
  /** When the page last heard from the API. */
  readonly heardAt: number;
}

export const emptyWorld: World = {
  status: undefined,
  sites: new Map(),
  brakes: [],
  routers: [],
  incidents: [],
  windows: [],
  audit: [],
  unready: new Set(),
  isLive: false,
  heardAt: 0,
};

/** Audit lines that the page keeps. */
export const keptAudit = 200;

/** What must be read again after some news. */
export interface Wanted {
  readonly sites: ReadonlySet<string>;
  readonly isEverySite: boolean;
  readonly isStatus: boolean;
  readonly isBrakes: boolean;
  readonly isRouters: boolean;
  readonly isIncidents: boolean;
  readonly isWindows: boolean;
  readonly isAudit: boolean;
}

export const nothingWanted: Wanted = {
  sites: new Set(),
  isEverySite: false,
  isStatus: false,
  isBrakes: false,
  isRouters: false,
  isIncidents: false,
  isWindows: false,
  isAudit: false,
};

export const everythingWanted: Wanted = {
  sites: new Set(),
  isEverySite: true,
  isStatus: true,
  isBrakes: true,
  isRouters: true,
  isIncidents: true,
  isWindows: true,
  isAudit: true,
};

/** More single sites than this are read in one go. */
const manySites = 20;

/** Adds what one piece of news makes stale. */
export function wantedAfter(wanted: Wanted, news: Pick<News, 'kind' | 'key'>): Wanted {
  const withStatus = { ...wanted, isStatus: true };
  switch (news.kind) {
    case 'site': {
      const sites = new Set([...wanted.sites, news.key]);
      return { ...withStatus, sites, isEverySite: wanted.isEverySite || sites.size > manySites };
    }
    case 'brake':
      return { ...withStatus, isBrakes: true };
    case 'incident':
      return { ...withStatus, isIncidents: true };
    case 'router':
      return { ...withStatus, isRouters: true };
    case 'freeze':
      return { ...withStatus, isBrakes: true };
    case 'audit':
      return { ...wanted, isAudit: true, isWindows: true };
    default:
      return everythingWanted;
  }
}

/** Puts sites that were read one by one among the others. */
export function withSites(world: World, read: readonly SiteView[]): World {
  const sites = new Map(world.sites);
  for (const site of read) {
    sites.set(site.name, site);
  }
  return { ...world, sites };
}
