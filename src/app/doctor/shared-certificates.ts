import type { X509Certificate } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Settings } from '../../config/settings.ts';
import { neighboursOf } from '../../core/estate.ts';
import { isOverHttps, type PassThrough, type Site } from '../../core/site.ts';
import { errorChain } from '../../lib/errors.ts';
import { second } from '../../lib/time.ts';
import { type Finding, good, note } from './finding.ts';

const lookMs = 3 * second;

/** PROXY protocol, version 2, command LOCAL: a connection of our own, which speaks for no visitor. */
const localPreamble = Buffer.from('\r\n\r\n\0\r\nQUIT\n\x20\0\0\0', 'latin1');

/** The certificate that a site's origin shows to those who are passed through. Rejects when none is seen. */
function shownAt(
  { address, https, proxyProtocol }: PassThrough,
  servername: string,
): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port: https });
    socket.setTimeout(lookMs, () => socket.destroy(new Error(`nothing for ${lookMs / second} s`)));
    socket.once('error', reject);
    if (proxyProtocol) {
      socket.write(localPreamble);
    }
    const secure = connectTls({ socket, servername, rejectUnauthorized: false }, () => {
      const leaf = secure.getPeerX509Certificate();
      socket.destroy();
      leaf === undefined ? reject(new Error('no certificate')) : resolve(leaf);
    });
    secure.once('error', reject);
    secure.once('close', () => reject(new Error('closed during the handshake')));
  });
}

/** Hostnames of the other sites on a site's addresses that its certificate is for, too. */
function coveredNeighbours(
  { name, addresses }: Site,
  leaf: X509Certificate,
  sites: Readonly<Record<string, Site>>,
): readonly string[] {
  return neighboursOf(sites, name, addresses)
    .flatMap((neighbour) => sites[neighbour]?.hostnames ?? [])
    .filter((hostname) => leaf.checkHost(hostname) !== undefined);
}

async function examine(
  site: Site & { readonly way: PassThrough },
  sites: Readonly<Record<string, Site>>,
): Promise<Finding> {
  const { name, way, hostnames } = site;
  const place = `${way.address}:${way.https}`;
  try {
    const covered = coveredNeighbours(site, await shownAt(way, hostnames[0] ?? ''), sites);
    return covered.length === 0
      ? good(`the certificate of ${name} at ${place} is for no other site of its addresses`)
      : note(
          `the certificate of ${name} at ${place} is for ${covered.join(', ')}, too, on the same address: while one of them shows its notice, browsers that speak HTTP/2 may ask for it over a connection to ${name} and see its failure instead - give each site a certificate of its own, or have the web server of ${name} answer 421 for names that it does not serve`,
        );
  } catch (error) {
    return note(
      `${name} cannot be seen over TLS at ${place} from here (${errorChain(error)}) - its visitors are passed through to it while a neighbour is diverted, so every notice host must reach it`,
    );
  }
}

/** Whether a browser could take a connection to a site that is passed through for one to a failed neighbour (RFC 9113 9.1.1). */
export async function checkSharedCertificates({
  sites,
}: Pick<Settings, 'sites'>): Promise<readonly Finding[]> {
  const byName = Object.fromEntries(sites.map((site) => [site.name, site]));
  const passed = sites.flatMap((site) => {
    const way = site.origin?.passThrough;
    const isAlone = neighboursOf(byName, site.name, site.addresses).length === 0;
    return way === undefined || isAlone || !isOverHttps(site) ? [] : [{ ...site, way }];
  });
  return await Promise.all(passed.map((site) => examine(site, byName)));
}
