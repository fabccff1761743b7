import { IosDevice } from '../simulators/ios/ios-device.ts';
import { JunosDevice } from '../simulators/junos/junos-device.ts';
import { simulatorBench } from '../simulators/support/bench.ts';
import { routeDriverContract } from './route-driver.contract.ts';

routeDriverContract(
  'ios on a simulated device',
  () => simulatorBench(new IosDevice({ hasArchive: true }), { driver: 'ios' }),
  { undoes: true },
);

routeDriverContract(
  'junos on a simulated device',
  () => simulatorBench(new JunosDevice(), { driver: 'junos' }),
  { undoes: true },
);
