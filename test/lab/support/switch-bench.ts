import { z } from 'zod';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import type { RawRoute, RouterBench } from '../../contract/route-driver.contract.ts';
import { mustRun } from '../../support/command.ts';
import { type LabDriver, logins } from './driver.ts';
import { Lab, labAddresses, twoSites } from './lab.ts';
import { Relay } from './relay.ts';

/** The lab's notice switch for the contract of route drivers, over real SSH from the controller's machine. */
export async function openSwitchBench(name: LabDriver): Promise<RouterBench> {
  const lab = await Lab.open({ protocol: 'ospf', sites: twoSites });
  const relay = await Relay.open({
    namespace: lab.namespace('controller'),
    host: labAddresses.switch,
    port: 22,
    socket: `${lab.folder}/ssh.sock`,
  });
  lab.use(relay);
  return {
    openDriver: () =>
      openRouteDriver(name, {
        router: 'notice-switch',
        transport: openTransport({
          type: 'ssh',
          host: '127.0.0.1',
          port: relay.port,
          user: logins[name].user,
          privateKeyFile: lab.ssh.privateKeyFile,
          hostKeys: [lab.ssh.hostKey],
          connectTimeoutMs: 5_000,
        }),
        options: logins[name].options,
      }),
    ...raw[name](lab),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

type Raw = Pick<RouterBench, 'readRaw' | 'addForeign' | 'removeForeign'>;

const raw: Readonly<Record<LabDriver, (lab: Lab) => Raw>> = {
  frr: (lab) => ({
    readRaw: async () => (await lab.switch.staticLines()).map(fromFrr).toSorted(byPrefix),
    addForeign: (route) => lab.switch.configure(`${frrWords(route)} tag 99`),
    removeForeign: (route) => lab.switch.configure(`no ${frrWords(route)} tag 99`),
  }),
  linux: (lab) => ({
    readRaw: () => kernelRoutes(lab),
    addForeign: (route) => changeKernel(lab, 'add', route),
    removeForeign: (route) => changeKernel(lab, 'del', route),
  }),
};

const byPrefix = (a: Route, b: Route): number =>
  `${a.prefix} ${a.nextHop}` < `${b.prefix} ${b.nextHop}` ? -1 : 1;

const frrWords = ({ prefix, nextHop }: Route): string =>
  `${prefix.includes(':') ? 'ipv6' : 'ip'} route ${prefix} ${nextHop}`;

function fromFrr(line: string): RawRoute {
  const [, , prefix = '', nextHop = '', ...words] = line.trim().split(' ');
  return { prefix, nextHop, words: words.join(' ') };
}

const kernelRouteSchema = z.array(
  z.object({ dst: z.string(), gateway: z.string().optional(), protocol: z.string() }),
);

/** Host routes that somebody made: what the routing daemons learned, and what the kernel makes itself, is left out. */
async function kernelRoutes(lab: Lab): Promise<readonly RawRoute[]> {
  const found: RawRoute[] = [];
  for (const [family, length] of [
    ['-4', 32],
    ['-6', 128],
  ] as const) {
    const text = await mustRun([
      'ip',
      '-n',
      lab.namespace('switch'),
      '-j',
      family,
      'route',
      'show',
    ]);
    found.push(
      ...kernelRouteSchema
        .parse(JSON.parse(text))
        .filter(({ dst, protocol }) => !dst.includes('/') && !learned.has(protocol))
        .map(({ dst, gateway = '', protocol }) => ({
          prefix: `${dst}/${length}`,
          nextHop: gateway,
          words: protocol,
        })),
    );
  }
  return found.filter(({ prefix }) => !prefix.startsWith('default')).toSorted(byPrefix);
}

const learned = new Set(['kernel', 'ospf', 'bgp', 'ra']);

async function changeKernel(lab: Lab, verb: 'add' | 'del', route: Route): Promise<void> {
  await mustRun([
    ...['ip', '-n', lab.namespace('switch'), 'route', verb, route.prefix],
    ...['via', route.nextHop, 'proto', 'static'],
  ]);
}
