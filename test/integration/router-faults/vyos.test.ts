import { allowedLines } from '../../../src/adapters/routers/vyos/commands.ts';
import { VyosDevice } from '../../simulators/vyos/vyos-device.ts';
import { routerFaultMatrix } from './matrix.ts';

routerFaultMatrix({
  name: 'vyos that goes back by itself',
  driver: 'vyos',
  savingOptions: { save: true },
  device: () => new VyosDevice({ action: 'reload' }),
  allowed: allowedLines,
  enter: /^configure$/,
  edit: /^(set|delete) protocols/,
  commit: /^commit-confirm \d+$/,
  refusal: '\n  Configuration path is not valid\n  Set failed\n\n',
  goesBack: true,
});
