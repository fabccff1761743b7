import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import type { RouterBench } from '../../contract/route-driver.contract.ts';
import { until } from '../../support/until.ts';
import { BgpLab } from './bgp-lab.ts';
import type { LabGobgp } from './gobgp.ts';

/** Opens Detour's driver on a speaker; a route counts only when the witness has heard it too. */
export const openGobgpDriver = (
  speaker: LabGobgp,
  witness: LabGobgp,
  options: Readonly<Record<string, unknown>> = {},
): RouteDriver =>
  openRouteDriver('gobgp', {
    router: 'speaker',
    transport: openTransport({ type: 'grpc', port: speaker.port }),
    grpcPort: speaker.port,
    options: { witnessPort: witness.port, ...options },
  });

/** GoBGP as the speaker of a real FRR, and another inside that router's network as the witness. */
export async function openGobgpBench(version: 3 | 4): Promise<RouterBench> {
  const lab = await BgpLab.open();
  const speaker = await lab.startGobgp('speaker', { version });
  const witness = await lab.startGobgp('witness', { version });
  await Promise.all([speaker.established(), witness.established()]);
  const byHand = async (verb: 'add' | 'del', { prefix, nextHop }: Route): Promise<void> => {
    const family = prefix.includes(':') ? 'ipv6' : 'ipv4';
    await speaker.cli('global', 'rib', verb, prefix, 'nexthop', nextHop, '-a', family);
    await until(`the router to hear of ${prefix}`, async () => {
      const isThere = (await lab.hostRoutes()).some((one) => one.prefix === prefix);
      return isThere === (verb === 'add');
    });
  };
  return {
    openDriver: () => openGobgpDriver(speaker, witness),
    readRaw: () => lab.hostRoutes(),
    addForeign: (foreign) => byHand('add', foreign),
    removeForeign: (foreign) => byHand('del', foreign),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}
