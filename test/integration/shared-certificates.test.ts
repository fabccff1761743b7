import { describe, expect, it } from 'vitest';
import { checkSharedCertificates } from '../../src/app/doctor/shared-certificates.ts';
import type { Site } from '../../src/core/site.ts';
import { readPreamble } from '../../src/notice/proxy-preamble.ts';
import { closedPort, serveTcp, serveTls } from '../fakes/loopback-server.ts';
import { probeSpec } from '../fakes/probe-target.ts';
import { registeredSite } from '../fakes/site-state.ts';

/** The one name of the certificate that the bank's origin shows. */
const certified = 'home01.example.kr';

function bankAt(https: number, proxyProtocol = false): Site {
  const probes = [probeSpec({ name: 'secure', type: 'https', url: 'https://bank.example.kr/' })];
  const passThrough = { address: '127.0.0.1', http: 1, https, proxyProtocol };
  return { ...registeredSite('bank', { probes }), origin: { passThrough } };
}

const neighbour = (hostname: string, addresses = registeredSite('bank').addresses): Site => ({
  ...registeredSite('shop', { addresses }),
  hostnames: [hostname],
});

describe('the doctor’s look at certificates of sites that are passed through', () => {
  it('names a neighbour whose name is on the same certificate, and says what to do', async () => {
    await using origin = await serveTls(() => undefined);

    const findings = await checkSharedCertificates({
      sites: [bankAt(origin.port), neighbour(certified)],
    });

    expect(findings).toMatchObject([
      { verdict: 'note', text: expect.stringContaining(`is for ${certified}, too`) },
    ]);
    expect(findings[0]?.text).toContain('421');
  });

  it('is content with a certificate for no other site of the address', async () => {
    await using origin = await serveTls(() => undefined);

    const findings = await checkSharedCertificates({
      sites: [bankAt(origin.port), neighbour('shop.example.kr')],
    });

    expect(findings).toMatchObject([{ verdict: 'good' }]);
  });

  it('does not mind the name of a site that lives elsewhere, and looks at none that has its address alone', async () => {
    const sites = [bankAt(await closedPort()), neighbour(certified, ['127.9.9.9'])];

    expect(await checkSharedCertificates({ sites })).toEqual([]);
  });

  it('says when the origin cannot be reached, as notice hosts could not reach it either', async () => {
    const findings = await checkSharedCertificates({
      sites: [bankAt(await closedPort()), neighbour(certified)],
    });

    expect(findings).toMatchObject([
      { verdict: 'note', text: expect.stringContaining('ECONNREFUSED') },
    ]);
  });

  it('begins with a preamble that speaks for no visitor where the origin expects the PROXY protocol', async () => {
    const heard = Promise.withResolvers<Buffer>();
    await using origin = await serveTcp((socket) => {
      socket.once('data', (bytes: Buffer) => {
        heard.resolve(bytes);
        socket.destroy();
      });
    });

    await checkSharedCertificates({ sites: [bankAt(origin.port, true), neighbour(certified)] });

    const preamble = readPreamble(await heard.promise);
    expect(preamble).toMatchObject({ is: 'whole' });
    expect(preamble).not.toHaveProperty('client');
  });
});
