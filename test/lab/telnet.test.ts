import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConversationRecord } from '../../src/adapters/transports/conversation-record.ts';
import { openDriver } from '../../src/app/control/router-fleet.ts';
import type { RouterSettings, TelnetTransportSettings } from '../../src/config/settings.ts';
import type { Route } from '../../src/core/route-plan.ts';
import type { RouteDriver } from '../../src/ports/route-driver.ts';
import { home01, Lab, labAddresses, twoSites } from './support/lab.ts';
import { inside } from './support/namespaces.ts';
import { Relay } from './support/relay.ts';
import { startStandInNotice } from './support/stand-in.ts';
import { TelnetSwitch } from './support/telnetd.ts';

const route: Route = { prefix: `${home01.address}/32`, nextHop: labAddresses.notice };
const foreign = `ip route 192.168.80.77/32 ${labAddresses.notice} tag 99`;
const passwords = { login: 'l0gin-of-the-switch', enable: 'en4ble-of-the-switch' };

let lab: Lab;
let ports: { readonly telnetd: number; readonly staticd: number; readonly zebra: number };

async function openPorts(): Promise<typeof ports> {
  const vty = async (name: string, port: number): Promise<number> => {
    const relay = await Relay.open({
      namespace: lab.namespace('switch'),
      host: '127.0.0.1',
      port,
      socket: `${lab.folder}/${name}.sock`,
    });
    lab.use(relay);
    return relay.port;
  };
  const namespace = lab.switch.namespace;
  const telnetd = await TelnetSwitch.open({
    folder: lab.folder,
    shell: inside(namespace, ['vtysh', '-N', namespace]),
    user: 'detour',
    password: passwords.login,
  });
  lab.use(telnetd);
  return {
    telnetd: telnetd.port,
    staticd: await vty('staticd', 2616),
    zebra: await vty('zebra', 2601),
  };
}

beforeAll(async () => {
  lab = await Lab.open({ protocol: 'ospf', sites: twoSites });
  await lab.acceptAtNotice([home01.address]);
  await startStandInNotice(lab);
  await lab.switch.configure(
    `password ${passwords.login}`,
    `enable password ${passwords.enable}`,
    foreign,
  );
  for (const [name, password] of Object.entries(passwords)) {
    await writeFile(`${lab.folder}/${name}.password`, `${password}\n`, { mode: 0o600 });
  }
  ports = await openPorts();
});

afterAll(() => lab?.[Symbol.asyncDispose]());

interface Way {
  readonly name: string;
  readonly transport: () => Partial<TelnetTransportSettings> & { readonly port: number };
  readonly options: () => RouterSettings['options'];
}

const ways: readonly Way[] = [
  {
    name: 'telnetd before vtysh',
    transport: () => ({ port: ports.telnetd, user: 'detour' }),
    options: () => ({}),
  },
  {
    name: "FRR's own vty",
    transport: () => ({ port: ports.staticd }),
    options: () => ({ zebraPort: ports.zebra }),
  },
];

function open(
  way: Way,
  { record, passwordFile }: { record?: ConversationRecord; passwordFile?: string } = {},
): RouteDriver {
  const router: RouterSettings = {
    name: 'notice-switch',
    driver: 'frr',
    transport: {
      type: 'telnet',
      host: '127.0.0.1',
      passwordFile: passwordFile ?? `${lab.folder}/login.password`,
      connectTimeoutMs: 5_000,
      ...way.transport(),
    },
    allowInsecureTransport: true,
    enablePasswordFile: `${lab.folder}/enable.password`,
    nextHop: { ipv4: labAddresses.notice },
    estate: ['192.168.80.0/24'],
    options: way.options(),
  };
  return openDriver(router, record === undefined ? {} : { record });
}

const limit = (): AbortSignal => AbortSignal.timeout(20_000);

describe.each(ways)('the frr driver over telnet, through $name', (way) => {
  it('diverts the visitor, reads it back, and restores, as the published procedure did', async () => {
    const record = new ConversationRecord();
    await using driver = open(way, { record });
    using watch = lab.client.watch({
      address: home01.address,
      headers: { host: home01.hostname },
    });
    await watch.first('home01', 0, 2_000);

    const addedAt = Date.now();
    await driver.apply({ add: [route], remove: [], unchanged: [] }, limit());
    const diverted = await driver.read(limit());
    const noticedAt = await watch.first('notice', addedAt, 5_000);
    const removedAt = Date.now();
    await driver.apply({ add: [], remove: [route], unchanged: [] }, limit());
    const restored = await driver.read(limit());
    const servedAt = await watch.first('home01', removedAt, 5_000);

    expect(diverted.owned).toEqual([{ ...route, isInstalled: true }]);
    expect(restored.owned).toEqual([]);
    expect(restored.foreign.map(({ prefix }) => prefix)).toEqual(['192.168.80.77/32']);
    expect(record.text()).toContain(`>>> no ip route ${route.prefix}`);
    for (const password of Object.values(passwords)) {
      expect(record.text()).not.toContain(password);
    }
    process.stdout.write(
      `${way.name}: diverted in ${noticedAt - addedAt} ms, restored in ${servedAt - removedAt} ms\n`,
    );
  });

  it('says that the login was refused, after one try', async () => {
    await using driver = open(way, { passwordFile: `${lab.folder}/enable.password` });

    const reading = driver.read(limit());

    await expect(reading).rejects.toMatchObject({ code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
  });

  it('names a next hop that FRR accepts and does not install', async () => {
    await using driver = open(way);
    const dead = { prefix: route.prefix, nextHop: '203.0.113.9' };

    await driver.apply({ add: [dead], remove: [], unchanged: [] }, limit());
    const reading = await driver.read(limit());
    await driver.apply({ add: [], remove: [dead], unchanged: [] }, limit());

    expect(reading.owned).toEqual([{ ...dead, isInstalled: false }]);
  });
});
