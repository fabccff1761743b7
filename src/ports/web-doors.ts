import type { ProbeSpec, Site } from '../core/site.ts';

/** A port by which visitors reach a site, and whether they speak TLS there. */
export interface WebDoor {
  readonly isTls: boolean;
  readonly port: number;
}

function doorOf({ url = '' }: ProbeSpec, isTls: boolean): WebDoor {
  const port = URL.canParse(url) ? new URL(url).port : '';
  const usual = isTls ? 443 : 80;
  return { isTls, port: port === '' ? usual : Number(port) };
}

function plainDoor({ lookPort = 80 }: Site): WebDoor {
  return { isTls: false, port: lookPort };
}

/** By which ports visitors come, as far as a site's probes tell: one for each of HTTP and HTTPS that is probed. */
export function webDoors(site: Site): readonly WebDoor[] {
  const plain = site.probes.find(({ type }) => type === 'http');
  const secure = site.probes.find(({ type }) => type === 'https');
  const doors = [
    ...(plain === undefined ? [] : [doorOf(plain, false)]),
    ...(secure === undefined ? [] : [doorOf(secure, true)]),
  ];
  return doors.length === 0 ? [plainDoor(site)] : doors;
}

/**
 * Those of them at which the site's notice must be seen. A port on which the notice plane answers nobody over TLS is left
 * out, for a notice by another one is better than none; whoever comes by HTTPS alone then gets it over plain HTTP at least.
 */
export function noticeDoors(site: Site, securePorts: ReadonlySet<number>): readonly WebDoor[] {
  const heard = webDoors(site).filter(({ isTls, port }) => !isTls || securePorts.has(port));
  return heard.length === 0 ? [plainDoor(site)] : heard;
}
