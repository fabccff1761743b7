import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectFor } from '../../../src/app/load-settings.ts';

/** Two sites on one address; the bank's origin is what each test is about. */
function configuration(origin: string): string {
  return `notice: { http: ["10.0.0.9:80", "0.0.0.0:8080"], https: ["10.0.0.9:443"] }
routers:
  - name: notice-switch
    driver: linux
    transport: { type: local }
    nextHop: { ipv4: 192.168.80.10 }
    estate: [192.168.80.0/24]
sites:
  - name: shop
    hostnames: [shop.example.kr]
    addresses: [192.168.80.100, 192.168.80.200]
    routers: [notice-switch]
    probes: [{ name: web, type: http, url: "http://shop.example.kr/" }]
  - name: bank
    hostnames: [bank.example.kr]
    addresses: [192.168.80.100]
    routers: [notice-switch]
    origin: ${origin}
    probes: [{ name: web, type: http, url: "http://bank.example.kr/" }]
`;
}

describe('the way by which a healthy neighbour is passed through', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'detour-pass-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const inspect = (origin: string): ReturnType<typeof inspectFor> => {
    const file = path.join(folder, 'detour.yaml');
    writeFileSync(file, configuration(origin));
    return inspectFor(file, {});
  };

  it.each([
    ['{ address: 10.0.0.7, passThrough: {} }', '10.0.0.7', 80],
    ['{ address: 10.0.0.7, passThrough: { address: 10.0.0.8, http: 8080 } }', '10.0.0.8', 8080],
    ['{ sourceAddress: 10.0.0.5, passThrough: { address: 10.0.0.8 } }', '10.0.0.8', 80],
    [
      '{ address: 10.0.0.7, passThrough: { address: 10.0.0.9, http: 81, https: 444 } }',
      '10.0.0.9',
      81,
    ],
  ])('is read from %s', (origin, address, http) => {
    const { problems, settings } = inspect(origin);

    expect(problems).toEqual([]);
    const bank = settings?.sites.find(({ name }) => name === 'bank');
    expect(bank?.origin?.passThrough).toMatchObject({ address, http, proxyProtocol: false });
  });

  it.each([
    ['{ sourceAddress: 10.0.0.5, passThrough: {} }', 'must have an address'],
    ['{ address: 10.0.0.7, passThrough: { address: 192.168.80.200 } }', 'an address of site shop'],
    ['{ address: 10.0.0.7, passThrough: { address: 192.168.80.10 } }', 'the next hop of router'],
    ['{ address: 10.0.0.7, passThrough: { address: 10.0.0.9 } }', 'itself listens'],
    ['{ address: 10.0.0.7, passThrough: { address: 127.0.0.1, http: 8080 } }', 'itself listens'],
    ['{ address: 10.0.0.7, passThrough: { address: 0.0.0.0 } }', 'itself listens'],
    ['{ address: 192.168.80.200, passThrough: {} }', 'an address of site shop'],
    ['{ address: 10.0.0.7, passThrough: { port: 80 } }', 'port'],
    ['{ address: 10.0.0.7, passThrough: { http: 0 } }', 'http'],
  ])('is refused with its place where it says %s', (origin, what) => {
    const { problems } = inspect(origin);

    expect(problems).toMatchObject([{ line: 18, what: expect.stringContaining(what) }]);
  });
});
