import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRouteDriver } from '../../src/adapters/routers/registry.ts';
import { openTransport } from '../../src/adapters/transports/registry.ts';
import type { RouteDriver } from '../../src/ports/route-driver.ts';
import { mustRun } from '../support/command.ts';
import { until } from '../support/until.ts';
import { startNamed, whoAnswers } from './support/answering.ts';
import { flowFilters, markFlows } from './support/flow-filters.ts';
import { LabGobgp } from './support/gobgp.ts';
import { home01, Lab, labAddresses, twoSites } from './support/lab.ts';

/** FRR 8.4 looks for the address of a redirection among its connected networks alone. */
const wire = { backbone: '10.10.5.1', notice: '10.10.5.10' } as const;
const route = { prefix: `${home01.address}/32`, nextHop: wire.notice };
const speakerAs = 65_010;
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

describe('a narrow diversion by GoBGP over a real FRR', () => {
  let lab: Lab;
  let speaker: LabGobgp;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'bgp', sites: twoSites });
    await lab.acceptAtNotice([home01.address]);
    await startNamed(lab, 'notice', 'notice', 80);
    for (const port of [22, 25, 443]) {
      await startNamed(lab, 'site1', 'home01', port);
      await startNamed(lab, 'notice', 'notice', port);
    }
    await joinNoticeToBackbone();
    // Flows are taken from the speaker, and hold for what comes in by the visitors' port.
    await lab.backbone.configure(
      'router bgp 65001',
      `neighbor ${labAddresses.controller} remote-as ${speakerAs}`,
      `neighbor ${labAddresses.controller} ebgp-multihop 3`,
      'address-family ipv4 flowspec',
      `neighbor ${labAddresses.controller} activate`,
      'local-install client',
    );
    speaker = lab.use(
      await LabGobgp.start({
        namespace: lab.namespace('controller'),
        folder: lab.folder,
        name: 'speaker',
        as: speakerAs,
        routerId: labAddresses.controller,
        neighbours: [{ address: '10.10.3.1', as: 65_001 }],
      }),
    );
    await speaker.established();
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  const joinNoticeToBackbone = async (): Promise<void> => {
    const ip = (place: 'notice' | 'backbone', line: string): Promise<string> =>
      mustRun(['ip', '-n', lab.namespace(place), ...line.split(' ')]);
    await ip(
      'notice',
      `link add eth1 type veth peer name notice netns ${lab.namespace('backbone')}`,
    );
    await ip('notice', `address add ${wire.notice}/24 dev eth1`);
    await ip('backbone', `address add ${wire.backbone}/24 dev notice`);
    await ip('notice', 'link set eth1 up');
    await ip('backbone', 'link set notice up');
  };

  const openDriver = (narrow: object): RouteDriver =>
    openRouteDriver('gobgp', {
      router: 'speaker',
      transport: openTransport({ type: 'grpc', port: speaker.port }),
      grpcPort: speaker.port,
      options: { narrow },
    });

  /** Waits until the router matches so many things, and has them marked. */
  const marked = async (count: number): Promise<void> => {
    await until(`${count} matches`, async () => {
      const filters = await flowFilters(lab.backbone);
      return filters.flatMap(({ matches }) => matches).length === count;
    });
    await markFlows(lab.backbone);
  };

  it('sends visitors of the web to the notice, and leaves mail, SSH and the neighbours alone', async () => {
    await using driver = openDriver({});

    await driver.apply({ add: [route], remove: [], unchanged: [] }, soon());
    await marked(2);
    const { owned } = await driver.read(soon());
    const [filter] = await flowFilters(lab.backbone);
    const table = ['ip', 'route', 'show', 'table', `${filter?.table}`];
    const way = await mustRun(lab.at('backbone', table));
    const during = {
      web: [await whoAnswers(lab, 'client', 80), await whoAnswers(lab, 'client', 443)],
      others: [await whoAnswers(lab, 'client', 22), await whoAnswers(lab, 'client', 25)],
      neighbour: await whoAnswers(lab, 'client', 80, '192.168.80.200'),
      // Behind a port without `local-install`.
      repairer: await whoAnswers(lab, 'controller', 80),
    };
    await driver.apply({ add: [], remove: [route], unchanged: [] }, soon());
    await marked(0);

    expect(owned).toEqual([{ ...route, isInstalled: true }]);
    expect(way).toMatch(/^default .*via 10\.10\.5\.10 /);
    expect(during).toEqual({
      web: ['notice', 'notice'],
      others: ['home01', 'home01'],
      neighbour: 'home02',
      repairer: 'home01',
    });
    expect([await whoAnswers(lab, 'client', 80), await whoAnswers(lab, 'client', 443)]).toEqual([
      'home01',
      'home01',
    ]);
  });

  it('has no exceptions on FRR: it hears a flow without an action, and installs nothing of it', async () => {
    await using driver = openDriver({ exceptSources: ['10.10.1.0/24'] });

    await driver.apply({ add: [route], remove: [], unchanged: [] }, soon());
    await marked(2);
    const heard = await lab.backbone.show('show bgp ipv4 flowspec detail');
    const visitor = await whoAnswers(lab, 'client', 80);
    await driver.apply({ add: [], remove: [route], unchanged: [] }, soon());
    await marked(0);

    expect(heard).toContain('Source Address 10.10.1.0/24');
    expect(visitor).toBe('notice');
  });

  it('needs a flow for each port: FRR makes nothing of a flow with a list of them', async () => {
    const flow = ['match', 'destination', '192.168.80.200/32', 'protocol', 'tcp'];
    const announce = (...ports: readonly string[]): Promise<string> =>
      speaker.cli(
        ...['global', 'rib', 'add', '-a', 'ipv4-flowspec', ...flow],
        ...['destination-port', ...ports, 'then', 'discard'],
      );

    await announce('==80', '==443');
    await until('the router to hear of the list', async () =>
      (await lab.backbone.show('show bgp ipv4 flowspec detail')).includes('= 80 , = 443'),
    );
    await announce('==8080');
    const sets = await until('the router to make something of one port', async () => {
      const text = await lab.backbone.show('show pbr ipset');
      return text.includes(':8080') ? text : undefined;
    });

    const made = [...sets.matchAll(/to 192\.168\.80\.200:\S* \d+:(\d+)/g)].map(([, port]) => port);
    expect(made).toEqual(['8080']);
  });
});
