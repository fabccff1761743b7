import { allowedLines } from '../../../src/adapters/routers/frr/terminal.ts';
import { FrrDevice } from '../../simulators/frr/frr-device.ts';
import { routerFaultMatrix } from './matrix.ts';

routerFaultMatrix({
  name: 'frr over telnet',
  driver: 'frr',
  transport: 'telnet',
  savingOptions: { writeMemory: true },
  device: () => new FrrDevice(),
  allowed: allowedLines,
  enter: /^configure terminal$/,
  edit: /^(no )?ip route/,
  commit: /^end$/,
  refusal: '% [STATIC] Unknown command\n',
  isLineByLine: true,
  knowsNoLock: true,
});
