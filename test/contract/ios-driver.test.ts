import { IosDevice } from '../simulators/ios/ios-device.ts';
import { simulatorBench } from '../simulators/support/bench.ts';
import { routeDriverContract } from './route-driver.contract.ts';

routeDriverContract(
  'ios on a simulated device',
  () => simulatorBench(new IosDevice({ hasArchive: true }), { driver: 'ios' }),
  { undoes: true, carriesTerm: true },
);
