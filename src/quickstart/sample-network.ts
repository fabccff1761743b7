import { createServer } from 'node:net';
import { DetourError } from '../lib/errors.ts';
import { closeServer, listenOn } from './listen.ts';
import { RouteTable } from './route-table.ts';
import { RouterShell } from './router-shell.ts';
import { openRouterSsh, type RouterAccess } from './router-ssh.ts';
import { SampleSite } from './sample-site.ts';
import { Steering } from './steering.ts';

/** One sample site with its two addresses: the one that visitors use and the one its server has behind the router. */
export interface SampleSiteSpec {
  readonly name: string;
  readonly title: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly address: string;
  readonly originAddress: string;
}

/** The published network in small: the last numbers of the addresses are its own. */
export const sampleSites: readonly SampleSiteSpec[] = [
  {
    name: 'home01',
    title: { ko: '홈페이지 01', en: 'Home 01' },
    hostname: 'home01.example.kr',
    address: '127.0.80.100',
    originAddress: '127.0.10.100',
  },
  {
    name: 'home02',
    title: { ko: '홈페이지 02', en: 'Home 02' },
    hostname: 'home02.example.kr',
    address: '127.0.80.200',
    originAddress: '127.0.10.200',
  },
];

/** The notice server, as the software router reaches it. */
export const noticeAddress = '127.0.80.10';

/** The network of the sites' addresses: nothing outside it may be diverted. */
export const sampleEstate = '127.0.80.0/24';

/** The port everybody uses for HTTP here, as only root may take 80; another when this one is taken. */
const preferredPort = 8080;
const portTries = 20;

export interface SampleNetworkOptions {
  /** False makes a router that shows routes as installed and forwards by none: for tests of what must not pass as proven. */
  readonly isSteering?: boolean;
}

/** Two sites, a router that steers their visitors, and a free address for the notice server, all on loopback. */
export interface SampleNetwork extends AsyncDisposable {
  /** The HTTP port of every address. */
  readonly port: number;
  readonly sites: readonly SampleSite[];
  readonly router: RouterAccess;
  readonly table: RouteTable;
}

async function tryPort(port: number, table: RouteTable): Promise<Served> {
  await using ends = new AsyncDisposableStack();
  let common = port;
  const sites: SampleSite[] = [];
  for (const { name, address, originAddress } of sampleSites) {
    const site = ends.use(new SampleSite(name, originAddress));
    common = await site.start(common);
    sites.push(site);
    await ends.use(new Steering({ address, originAddress }, table)).start(common);
  }
  // The notice process takes this one itself; here it is only seen to be free.
  const place = createServer();
  await listenOn(place, noticeAddress, common);
  await closeServer(place);
  return { port: common, sites, ends: ends.move() };
}

interface Served {
  readonly port: number;
  readonly sites: readonly SampleSite[];
  readonly ends: AsyncDisposableStack;
}

function cannotListen(cause: unknown): DetourError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const remedy =
    code === 'EADDRNOTAVAIL'
      ? 'this system answers on 127.0.0.1 alone; the quick start needs all of 127.0.0.0/8, as Linux has it'
      : 'no port is free on all of its addresses';
  return new DetourError(`The sample network could not be raised on loopback: ${remedy}`, {
    code: 'DETOUR_LISTEN_FAILED',
    cause,
  });
}

async function serveOnOnePort(table: RouteTable): Promise<Served> {
  let cause: unknown;
  for (let attempt = 0; attempt < portTries; attempt += 1) {
    try {
      return await tryPort(attempt === 0 ? preferredPort : 0, table);
    } catch (error) {
      cause = error;
    }
  }
  throw cannotListen(cause);
}

/** Raises the sample network. Rejects with DETOUR_LISTEN_FAILED and has then left nothing open. */
export async function raiseSampleNetwork({
  isSteering = true,
}: SampleNetworkOptions = {}): Promise<SampleNetwork> {
  await using ends = new AsyncDisposableStack();
  const table = new RouteTable(sampleEstate);
  const followed = isSteering ? table : new RouteTable(sampleEstate);
  const { port, sites, ends: served } = await serveOnOnePort(followed);
  ends.use(served);
  const router = ends.use(await openRouterSsh(new RouterShell(table)));
  const kept = ends.move();
  return { port, sites, router, table, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
