import { mustRun } from '../../support/command.ts';
import { type Lab, type LabSite, labAddresses } from './lab.ts';

/** The network of all sites of a large estate, and beside it their origin addresses, which are never diverted. */
export const largeEstate = '10.80.0.0/16';
const largeOrigins = '10.81.0.0/16';

const firstNumber = 1;
const numbersPerNetwork = 250;

/** So many sites, each with an address of its own, all of them on the first site host. */
export function manySites(count: number): readonly LabSite[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `home-${String(index + 1).padStart(4, '0')}`;
    const rest = `${Math.floor(index / numbersPerNetwork)}.${(index % numbersPerNetwork) + firstNumber}`;
    return {
      name,
      hostname: `${name}.example.kr`,
      address: `10.80.${rest}`,
      originAddress: `10.81.${rest}`,
    };
  });
}

/** Leads the networks of a large estate to the first site host, which takes every address of them as its own (AnyIP). */
export async function layLargeEstate(lab: Lab): Promise<void> {
  const host = lab.plan.sites[0]?.originAddress ?? '';
  for (const network of [largeEstate, largeOrigins]) {
    await mustRun(lab.at('site1', ['ip', 'route', 'add', 'local', network, 'dev', 'lo']));
    await mustRun(lab.at('backbone', ['ip', 'route', 'add', network, 'via', host]));
    await mustRun(lab.at('switch', ['ip', 'route', 'add', network, 'via', backboneAtSwitch]));
  }
}

const backboneAtSwitch = labAddresses.switchToBackbone.replace(/\.\d+$/, '.1');
