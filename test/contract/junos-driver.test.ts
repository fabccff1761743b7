import { JunosDevice } from '../simulators/junos/junos-device.ts';
import { simulatorBench } from '../simulators/support/bench.ts';
import { routeDriverContract } from './route-driver.contract.ts';

routeDriverContract(
  'junos on a simulated device',
  () => simulatorBench(new JunosDevice(), { driver: 'junos' }),
  { undoes: true },
);
