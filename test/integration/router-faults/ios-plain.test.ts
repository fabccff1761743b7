import { allowedLines } from '../../../src/adapters/routers/ios/commands.ts';
import { IosDevice } from '../../simulators/ios/ios-device.ts';
import { routerFaultMatrix } from './matrix.ts';

routerFaultMatrix({
  name: 'ios over telnet, without a way back',
  driver: 'ios',
  transport: 'telnet',
  savingOptions: { writeMemory: true },
  device: () => new IosDevice(),
  allowed: allowedLines,
  enter: /^configure terminal/,
  edit: /^(no )?ip route/,
  commit: /^end$/,
  refusal: "% Invalid input detected at '^' marker.\n",
  isLineByLine: true,
});
