import { bad, type Finding, good } from './finding.ts';

/** The oldest Node.js with every fix Detour relies on. */
const floor = [24, 12] as const;

/** Whether this Node.js is new enough. */
export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isGood = major > floor[0] || (major === floor[0] && minor >= floor[1]);
  return isGood
    ? good(`Node.js ${version}`)
    : bad(`Node.js ${version} is too old`, `install ${floor.join('.')} or newer`);
}
