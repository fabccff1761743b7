import { JunosDevice } from '../../simulators/junos/junos-device.ts';
import { routerFaultMatrix } from './matrix.ts';

routerFaultMatrix({
  name: 'junos by NETCONF',
  driver: 'junos',
  options: { protocol: 'netconf' },
  device: () => new JunosDevice({ netconf: '1.1' }),
  allowed: [
    /^get-(config|route-information|commit-information)$/,
    /^(lock|unlock|edit-config|validate|commit|cancel-commit|discard-changes)$/,
    /^(load-configuration|close-session)$/,
  ],
  enter: /^lock$/,
  edit: /^edit-config$/,
  commit: /^commit$/,
  refusal: 'permission denied',
  isMachine: true,
  sharesCandidate: true,
  goesBack: true,
});
