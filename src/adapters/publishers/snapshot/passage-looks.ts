import { setTimeout as pause } from 'node:timers/promises';
import type { ProbeSpec, Site } from '../../../core/site.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { Gate } from '../../../lib/gate.ts';

/** Where a site itself answers over TLS. */
export interface SiteDoor {
  readonly address: string;
  readonly port: number;
}

/** A healthy site on an address that is about to move, and how its visitors come, as far as its probes tell. */
export interface PassedSite {
  readonly hostname: string;
  readonly isOverHttp: boolean;
  readonly secure?: SiteDoor;
}

/** Tells what keeps the notice plane from passing a site's visitors on to its own origin; undefined when nothing does. */
export type PassageProblem = (site: PassedSite, signal: AbortSignal) => Promise<string | undefined>;

/** A look that fails may have been a lost packet; the snapshot that says where to pass visitors on may be on its way. */
const looks = 5;
const pauseMs = 500;

function portOf({ url = '' }: ProbeSpec): number {
  const port = URL.canParse(url) ? new URL(url).port : '';
  return port === '' ? 443 : Number(port);
}

/** What to look at for a site; undefined when no probe of its speaks HTTP in either form. */
export function passedSite({ hostnames, addresses, probes }: Site): PassedSite | undefined {
  const [hostname] = hostnames;
  const [address] = addresses;
  const isOverHttp = probes.some(({ type }) => type === 'http');
  const secure = probes.find(({ type }) => type === 'https');
  if (hostname === undefined || (!isOverHttp && secure === undefined)) {
    return undefined;
  }
  return {
    hostname,
    isOverHttp,
    ...(secure === undefined || address === undefined
      ? {}
      : { secure: { address, port: portOf(secure) } }),
  };
}

/** Looks until a site is passed on. Rejects with DETOUR_NOTICE_NOT_LIVE and what is in the way. */
export async function untilPassed(
  { name, ...site }: PassedSite & { readonly name: string },
  look: { readonly gate: Gate; readonly problem: PassageProblem },
  signal: AbortSignal,
): Promise<void> {
  let why: string | undefined;
  for (let count = 0; count < looks && !signal.aborted; count += 1) {
    why = await look.gate.run(() => look.problem(site, signal));
    if (why === undefined) {
      return;
    }
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  throw new DetourError(
    `Could not see ${name}, which is well, passed through at the notice plane (asked for ${site.hostname}): ${why ?? 'nothing answered in time'}`,
    { code: 'DETOUR_NOTICE_NOT_LIVE', retryable: true },
  );
}
