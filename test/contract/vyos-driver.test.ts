import { simulatorBench } from '../simulators/support/bench.ts';
import { VyosDevice } from '../simulators/vyos/vyos-device.ts';
import { routeDriverContract } from './route-driver.contract.ts';

routeDriverContract(
  'vyos on a simulated device',
  () => simulatorBench(new VyosDevice({ action: 'reload' }), { driver: 'vyos' }),
  { undoes: true, carriesTerm: true },
);
