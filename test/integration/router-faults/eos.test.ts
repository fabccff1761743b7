import { allowedLines } from '../../../src/adapters/routers/eos/commands.ts';
import { EosDevice } from '../../simulators/eos/eos-device.ts';
import { routerFaultMatrix } from './matrix.ts';

routerFaultMatrix({
  name: 'eos',
  driver: 'eos',
  savingOptions: { writeMemory: true },
  device: () => new EosDevice(),
  allowed: allowedLines,
  enter: /^configure session \S+$/,
  edit: /^(no )?ip route/,
  commit: /^commit/,
  refusal: '% Invalid input\n',
  goesBack: true,
});
