import { allowedLines } from '../../../src/adapters/routers/ios/commands.ts';
import { IosDevice } from '../../simulators/ios/ios-device.ts';
import { routerFaultMatrix } from './matrix.ts';
import type { FaultTarget } from './stage.ts';

const ios: Omit<FaultTarget, 'name'> = {
  driver: 'ios',
  savingOptions: { writeMemory: true },
  device: () => new IosDevice({ hasArchive: true }),
  allowed: allowedLines,
  enter: /^configure terminal/,
  edit: /^(no )?ip route/,
  commit: /^end$/,
  refusal: "% Invalid input detected at '^' marker.\n",
  goesBack: true,
  isLineByLine: true,
};

routerFaultMatrix({ name: 'ios that goes back by itself', ...ios });
