import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, and about the seconds that each took alone on two cores. A long file that starts last keeps all the
 * others waiting for it; a figure that has grown old costs nothing but that.
 */
const knownSeconds: Readonly<Record<string, number>> = {
  'lab/crash-points-frr': 140,
  'lab/crash-points-gobgp': 140,
  'lab/crash-points-linux': 140,
  'lab/crash': 97,
  'peers/leadership': 87,
  'peers/leadership-orders': 73,
  'lab/command-faults/script': 71,
  'lab/drivers': 69,
  'lab/story': 69,
  'lab/notice-host': 59,
  'peers/operators-page': 58,
  'lab/command-faults/exabgp': 57,
  'lab/detection': 54,
  'scenario/simulation': 53,
  'lab/on-death': 49,
  'lab/command-faults/bird': 46,
  'contract/junos-driver': 44,
  'lab/command-faults/nftables': 41,
  'peers/gobgp': 40,
  'lab/router-faults': 37,
  'integration/quick-start': 34,
  'peers/gobgp-faults': 34,
  'lab/on-death-standby': 33,
  'lab/pass-through': 32,
  'integration/router-faults/junos-cli': 31,
  'peers/leadership-standstill': 31,
  'contract/vyos-driver': 28,
  'peers/gobgp-flows': 28,
  'peers/notice-injection': 28,
  'integration/adapters/junos-driver': 26,
  'integration/notice-nodes': 26,
  'contract/eos-driver': 23,
  'lab/mass-failure': 23,
  'contract/ios-driver': 22,
  'lab/gobgp': 22,
  'lab/topology': 22,
  'peers/acme-controller': 22,
  'integration/cli/client': 21,
  'integration/doctor': 21,
  'integration/vantage': 21,
  'lab/bird': 21,
  'integration/router-faults/ios-plain': 20,
  'lab/ecmp': 20,
  'lab/nftables': 20,
  'integration/cli/usage': 19,
  'integration/router-faults/vyos': 19,
  'lab/exabgp': 19,
  'peers/mongo-store': 19,
  'integration/router-faults/eos': 18,
  'integration/standstill': 18,
  'peers/dashboard': 17,
  'peers/notice-access': 17,
  'integration/reload': 16,
  'integration/router-faults/ios': 16,
  'lab/telnet': 16,
  'peers/alertmanager': 16,
  'lab/script': 15,
};

const secondsOf = ({ moduleId }: TestSpecification): number => {
  const [, name = ''] = /\/test\/(.+)\.test\.ts$/.exec(moduleId) ?? [];
  return knownSeconds[name] ?? 0;
};

/** Starts the longest files first, across projects; what is not known to be long follows in Vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => secondsOf(other) - secondsOf(one));
  }
}
