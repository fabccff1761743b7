import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import type { RouterBench } from '../../contract/route-driver.contract.ts';
import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { freePorts } from '../../support/free-ports.ts';
import { until } from '../../support/until.ts';
import { gobgpPrograms, hostRoutes, isEstablished, startSpeaker } from './gobgp.ts';

/** ExaBGP as Detour drives it, and a GoBGP that is its neighbour and the witness. */
export interface ExabgpBench extends RouterBench {
  openWith(options: Readonly<Record<string, unknown>>): RouteDriver;
  /** Port of a witness that hears nothing. */
  readonly deafPort: number;
  /** Where its two pipes stand, without `.in` and `.out`, in a folder that everybody may enter. */
  readonly pipe: string;
  /** Port of the witness that is its neighbour. */
  readonly witnessPort: number;
  /** Ends ExaBGP without a word. */
  killSpeaker(): Promise<void>;
  /** Starts ExaBGP again, with nothing but its configuration. */
  startSpeaker(): Promise<void>;
  /** Writes a line into ExaBGP's pipe as a person does, who does not read the answer. */
  writeByHand(line: string): Promise<void>;
  /** Holds ExaBGP still, and lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

/** A real ExaBGP that peers with a real GoBGP over loopback. */
export async function openExabgpBench(): Promise<ExabgpBench> {
  const folder = await mkdtemp(join(tmpdir(), 'detour-exabgp-'));
  const parts = new AsyncDisposableStack();
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const [bgpPort = 0, apiPort = 0, deafBgpPort = 0, deafPort = 0, nobody = 0] = await freePorts(5);
  const programs = await gobgpPrograms(3);
  const peer = { address: '127.0.0.2', as: 65_002, bgpPort, apiPort, programs };
  const own = { address: '127.0.0.1', as: 65_010, bgpPort: nobody, apiPort: 0, programs };
  const deaf = {
    address: '127.0.0.3',
    as: 65_003,
    bgpPort: deafBgpPort,
    apiPort: deafPort,
    programs,
  };
  await chmod(folder, 0o755);
  parts.use(await startSpeaker(folder, peer, own));
  parts.use(await startSpeaker(folder, deaf, own));
  const neighbour = { address: '127.0.0.2', own: '127.0.0.1', connect: bgpPort };
  const started = await startExabgp(folder, neighbour);
  const { pipe } = started;
  let daemon = parts.use(started.daemon);
  await until('the two to be peers', () => isEstablished(peer), {
    timeoutMs: 40_000,
    everyMs: 200,
  });
  const writeByHand = async (line: string): Promise<void> => {
    await mustRun(['sh', '-c', `printf '%s\\n' "$1" >"$2"`, 'sh', line, `${pipe}.in`]);
  };
  const openWith = (options: Readonly<Record<string, unknown>>): RouteDriver =>
    openRouteDriver('exabgp', {
      router: 'speaker',
      transport: openTransport({ type: 'local' }),
      options: { pipe, witnessPort: apiPort, ...options },
    });
  await until('ExaBGP to read its pipe', async () => {
    await using driver = openWith({});
    return await driver.read(AbortSignal.timeout(5_000)).then(Boolean, () => false);
  });
  const readRaw: RouterBench['readRaw'] = () => hostRoutes(peer);
  const byHand = async (
    verb: 'announce' | 'withdraw',
    { prefix, nextHop }: Route,
  ): Promise<void> => {
    await writeByHand(`${verb} route ${prefix} next-hop ${nextHop}`);
    await until(`the peer to hear of ${prefix}`, async () => {
      const isThere = (await readRaw()).some((route) => route.prefix === prefix);
      return isThere === (verb === 'announce');
    });
  };
  return {
    openWith,
    deafPort,
    openDriver: () => openWith({}),
    readRaw,
    addForeign: (route) => byHand('announce', route),
    removeForeign: (route) => byHand('withdraw', route),
    pipe,
    witnessPort: apiPort,
    killSpeaker: () => daemon.kill(),
    startSpeaker: async () => {
      daemon = parts.use(started.again());
      await until('the two to be peers again', () => isEstablished(peer), {
        timeoutMs: 40_000,
        everyMs: 200,
      });
    },
    writeByHand,
    signal: (signal) => daemon.signal(signal),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Whom ExaBGP speaks to. */
export interface ExabgpNeighbour {
  readonly address: string;
  /** Its own address. */
  readonly own: string;
  readonly connect: number;
}

/** Starts Debian's ExaBGP (AS 65010), perhaps inside something, and gives its pipe without `.in` and `.out`. */
export async function startExabgp(
  folder: string,
  neighbour: ExabgpNeighbour,
  within: (argv: readonly string[]) => readonly string[] = (argv) => argv,
): Promise<{
  readonly daemon: Daemon;
  readonly pipe: string;
  /** Starts the same once more, after its end. */
  readonly again: () => Daemon;
}> {
  const name = `detour-${process.pid}-${neighbour.connect}`;
  await mustRun(['mkdir', '-p', join(folder, 'run')]);
  const pipe = join(folder, 'run', name);
  await mustRun(['mkfifo', `${pipe}.in`, `${pipe}.out`]);
  const config = join(folder, 'exabgp.conf');
  await writeFile(config, configOf(neighbour));
  const settings = [
    `exabgp_api_pipename=${name}`,
    'exabgp_daemon_user=root',
    'exabgp_daemon_drop=false',
    'exabgp_log_destination=stderr',
  ];
  const argv = ['env', ...settings, 'exabgp', '--root', folder, config];
  const again = (): Daemon => new Daemon('exabgp', within(argv));
  return { daemon: again(), pipe, again };
}

const configOf = ({ address, own, connect }: ExabgpNeighbour): string => `
neighbor ${address} {
  router-id 10.0.10.1;
  local-address ${own};
  local-as 65010;
  peer-as 65002;
  connect ${connect};
  adj-rib-out true;
  family { ipv4 unicast; ipv6 unicast; }
}
`;
