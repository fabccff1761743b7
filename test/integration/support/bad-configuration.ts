import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One line of a configuration, as it is and as it should be; `says` is what Detour answers to the bad one. */
interface Line {
  readonly good: string;
  readonly bad?: string;
  readonly kind?: string;
  readonly says?: string;
}

const sha256 = 'a'.repeat(64);

const configLines: readonly Line[] = [
  { good: 'store: sqlite:./data/detour.db' },
  {
    good: 'admin: { listen: "127.0.0.1:0", tokensFile: ./tokens.yaml }',
    bad: 'admin: { listen: "127.0.0.1:0", tokensFile: ./no-tokens.yaml }',
    kind: 'a missing token file',
    says: 'there is no file',
  },
  { good: 'notice: { http: ["127.0.0.1:8080"] }' },
  {
    good: 'vantages: [local]',
    bad: 'vantage: [local]',
    kind: 'an unknown key',
    says: 'vantage',
  },
  { good: 'routers:' },
  { good: '  - name: notice-switch' },
  { good: '    driver: frr', bad: '    driver: fr', kind: 'an unknown driver', says: 'driver fr' },
  { good: '    transport:' },
  { good: '      type: ssh' },
  { good: '      host: 10.0.0.2' },
  { good: '      user: detour' },
  {
    good: '      privateKeyFile: ./keys/notice-switch',
    bad: '      privateKeyFile: ./keys',
    kind: 'an unreadable key file',
    says: 'keys is not a file',
  },
  { good: '      hostKeys: ["SHA256:aVeryRealLookingFingerprintOfTheSwitch00000"]' },
  { good: '    nextHop: { ipv4: 192.168.80.10 }' },
  { good: '    estate: [192.168.80.0/24]' },
  { good: 'sites:' },
  { good: '  - name: home01' },
  { good: '    hostnames: [home01.example.kr]' },
  { good: '    addresses: [192.168.80.100]' },
  { good: '    routers: [notice-switch]' },
  { good: '    probes:' },
  {
    good: '      - { name: web, type: http, url: "http://home01.example.kr/", fall: 3 }',
    bad: '      - { name: web, type: http, url: "http://home01.example.kr/", fall: three }',
    kind: 'a wrong type',
    says: 'fall',
  },
  { good: '  - name: home02' },
  {
    good: '    hostnames: [home02.example.kr]',
    bad: '    hostnames: [home02.example.kr, home03.example.kr]',
  },
  {
    good: '    addresses: [192.168.80.200]',
    bad: '    addresses: [203.0.113.9]',
    kind: 'an address outside every estate',
    says: '203.0.113.9 lies outside the estate of notice-switch',
  },
  { good: '    routers: [notice-switch]' },
  { good: '    probes:' },
  { good: '      - { name: web, type: http, url: "http://home02.example.kr/" }' },
];

/** A third site that only the bad configuration has: its hostname is taken. */
const thirdSite: readonly Line[] = [
  { good: '', bad: '  - name: home03' },
  {
    good: '',
    bad: '    hostnames: [home03.example.kr]',
    kind: 'two sites with one hostname',
    says: 'home03.example.kr',
  },
  { good: '', bad: '    addresses: [192.168.80.30]' },
  { good: '', bad: '    routers: [notice-switch]' },
  { good: '', bad: '    probes: [{ name: web, type: http, url: "http://home03.example.kr/" }]' },
];

const lastLines: readonly Line[] = [{ good: 'rules: [./rules.yaml]' }];

const lines = [...configLines, ...thirdSite, ...lastLines];

/** The rule file: the bad one asks about a probe that no site has. */
function rulesText(isMended: boolean): string {
  const probe = isMended ? 'web' : 'wbe';
  return `rules:\n  - name: site-down\n    when: probes.${probe}.verdict == "down"\n    then: divert\n    cause: server-failure\n    severity: critical\n`;
}

/** Every kind of bad input in the bad configuration, with what is said about it and where. */
export const badInputs: readonly {
  readonly kind: string;
  readonly says: string;
  readonly at: { readonly file: string; readonly line: number };
}[] = [
  ...lines.flatMap(({ kind, says }, index) =>
    kind === undefined || says === undefined
      ? []
      : [{ kind, says, at: { file: 'detour.yaml', line: index + 1 } }],
  ),
  {
    kind: 'a rule on a probe that does not exist',
    says: 'asks about the probe wbe, which no site has',
    at: { file: 'rules.yaml', line: 3 },
  },
];

/** Writes a configuration in which everything is wrong, or the same with everything put right; gives back its path. */
export function writeBadConfiguration(
  folder: string,
  { isMended = false }: { readonly isMended?: boolean } = {},
): string {
  mkdirSync(path.join(folder, 'keys'), { recursive: true });
  writeFileSync(path.join(folder, 'keys', 'notice-switch'), 'key', { mode: 0o600 });
  writeFileSync(path.join(folder, 'rules.yaml'), rulesText(isMended));
  writeFileSync(
    path.join(folder, 'tokens.yaml'),
    `tokens: [{ name: kim, role: admin, sha256: "${sha256}" }]\n`,
    { mode: 0o600 },
  );
  const file = path.join(folder, 'detour.yaml');
  const text = lines.map(({ good, bad }) => (isMended ? good : (bad ?? good))).join('\n');
  writeFileSync(file, `${text}\n`);
  return file;
}
