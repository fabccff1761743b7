import { allowedLines } from '../../../src/adapters/routers/junos/commands.ts';
import { JunosDevice } from '../../simulators/junos/junos-device.ts';
import { routerFaultMatrix } from './matrix.ts';

routerFaultMatrix({
  name: 'junos by its command line',
  driver: 'junos',
  device: () => new JunosDevice(),
  allowed: allowedLines,
  enter: /^configure exclusive$/,
  edit: /^(set|delete) routing-options/,
  commit: /^commit confirmed/,
  refusal: 'error: permission denied\n',
  sharesCandidate: true,
  goesBack: true,
});
