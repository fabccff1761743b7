import { EosDevice } from '../simulators/eos/eos-device.ts';
import { simulatorBench } from '../simulators/support/bench.ts';
import { routeDriverContract } from './route-driver.contract.ts';

routeDriverContract(
  'eos on a simulated device',
  () => simulatorBench(new EosDevice(), { driver: 'eos' }),
  { undoes: true, carriesTerm: true },
);
