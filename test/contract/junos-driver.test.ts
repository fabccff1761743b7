import { JunosDevice } from '../simulators/junos/junos-device.ts';
import { simulatorBench } from '../simulators/support/bench.ts';
import { routeDriverContract } from './route-driver.contract.ts';

routeDriverContract(
  'junos by its command line on a simulated device',
  () => simulatorBench(new JunosDevice(), { driver: 'junos' }),
  { undoes: true },
);

for (const netconf of ['1.0', '1.1'] as const) {
  routeDriverContract(
    `junos by NETCONF ${netconf} on a simulated device`,
    () =>
      simulatorBench(new JunosDevice({ netconf }), {
        driver: 'junos',
        options: { protocol: 'netconf' },
      }),
    { undoes: true },
  );
}
