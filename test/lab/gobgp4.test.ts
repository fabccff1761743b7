import { routeDriverContract } from '../contract/route-driver.contract.ts';
import { openGobgpBench } from './support/gobgp-bench.ts';

routeDriverContract('gobgp 4 beside a real FRR, seen in its table', () => openGobgpBench(4), {
  looksAtNextHops: false,
  carriesTerm: true,
});
