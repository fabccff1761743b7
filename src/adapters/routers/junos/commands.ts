import { familyOf } from '../../../lib/ip.ts';
import type { RouteEdit } from '../route-edits.ts';

/** What is asked of a device; every answer is XML, by either protocol. */
export type JunosQuestion = 'configuration' | 'installed4' | 'installed6' | 'commits';

/** The questions on the command line. */
export const questionLines: Readonly<Record<JunosQuestion, string>> = {
  configuration: 'show configuration routing-options | display xml',
  installed4: 'show route table inet.0 protocol static | display xml',
  installed6: 'show route table inet6.0 protocol static | display xml',
  commits: 'show system commit | display xml',
};

export const configureExclusive = 'configure exclusive';
/** Opens the shared candidate, only to learn who has edited it. */
export const configureShared = 'configure';
export const compareCommand = 'show | compare';
export const commitCheck = 'commit check';
export const commitCommand = 'commit';
export const commitConfirmedCommand = (minutes: number): string => `commit confirmed ${minutes}`;
export const rollbackCommand = (steps: 0 | 1): string => `rollback ${steps}`;
export const exitCommand = 'exit';

/** A step as a line of the command line. */
export function editLine({ act, prefix, nextHop }: RouteEdit, tag: number): string {
  const rib = familyOf(prefix) === 'ipv4' ? '' : 'rib inet6.0 ';
  const rest = act === 'set' ? ` next-hop ${nextHop} tag ${tag}` : '';
  return `${act} routing-options ${rib}static route ${prefix}${rest}`;
}

const route4 = String.raw`static route (\d{1,3}\.){3}\d{1,3}/32`;
const hop4 = String.raw` next-hop (\d{1,3}\.){3}\d{1,3}`;
const route6 = String.raw`rib inet6\.0 static route [0-9a-f:]{2,39}/128`;
const hop6 = ' next-hop [0-9a-f:]{2,39}';
const mark = String.raw` tag \d{1,10}`;

/** Every line that the account needs. A test holds every transcript, and the class in the readme, against it. */
export const allowedLines: readonly RegExp[] = [
  /^set cli screen-(length|width) 0$/,
  /^(run )?show configuration routing-options \| display xml$/,
  /^(run )?show route table inet6?\.0 protocol static \| display xml$/,
  /^(run )?show system commit \| display xml$/,
  /^configure( exclusive)?$/,
  /^show \| compare$/,
  new RegExp(`^set routing-options ${route4}${hop4}${mark}$`),
  new RegExp(`^set routing-options ${route6}${hop6}${mark}$`),
  new RegExp(`^delete routing-options ${route4}$`),
  new RegExp(`^delete routing-options ${route6}$`),
  /^commit( check| confirmed \d{1,5})?$/,
  /^rollback [01]$/,
  /^exit$/,
];
