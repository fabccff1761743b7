import { setTimeout as pause } from 'node:timers/promises';
import type { ProbeSpec, Site } from '../../../core/site.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { Gate } from '../../../lib/gate.ts';
import { webDoors } from '../../../ports/web-doors.ts';

/** Where a site itself answers. */
export interface SiteDoor {
  readonly address: string;
  readonly port: number;
}

/** A healthy site on an address that is about to move, and how its visitors come, as far as its probes tell. */
export interface PassedSite {
  readonly hostname: string;
  /** Over plain HTTP, and over TLS. */
  readonly plain?: SiteDoor;
  readonly secure?: SiteDoor;
}

/** Tells what keeps the notice plane from passing a site's visitors on to its own origin; undefined when nothing does. */
export type PassageProblem = (site: PassedSite, signal: AbortSignal) => Promise<string | undefined>;

/** A look that fails may have been a lost packet; the snapshot that says where to pass visitors on may be on its way. */
const looks = 5;
const pauseMs = 500;

/** What to look at for a site; undefined when no probe of its speaks HTTP in either form. */
export function passedSite(site: Site): PassedSite | undefined {
  const [hostname] = site.hostnames;
  const [address] = site.addresses;
  if (hostname === undefined || address === undefined || !site.probes.some(speaksHttp)) {
    return undefined;
  }
  const placeOf = (isTls: boolean): SiteDoor | undefined => {
    const door = webDoors(site).find((each) => each.isTls === isTls);
    return door === undefined ? undefined : { address, port: door.port };
  };
  const [plain, secure] = [placeOf(false), placeOf(true)];
  return {
    hostname,
    ...(plain === undefined ? {} : { plain }),
    ...(secure === undefined ? {} : { secure }),
  };
}

function speaksHttp({ type }: ProbeSpec): boolean {
  return type === 'http' || type === 'https';
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
