import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { noticeAddress, type SampleNetwork, sampleEstate, sampleSites } from './sample-network.ts';

/** The files of the quick start, as an operator would have written them. */
export interface SampleFiles {
  readonly configFile: string;
  /** Holds the token of the operator, who may do everything here. */
  readonly tokenFile: string;
  readonly token: string;
}

/** Quick enough to watch, slow enough to follow: down after three failed probes in 1.5 s, back after three seconds without a failure. */
const probe = {
  name: 'web',
  type: 'http',
  interval: '1s',
  suspectInterval: '500ms',
  divertedInterval: '1s',
  timeout: '1s',
  rise: 2,
  fall: 3,
};

/** One rule, so that nothing but the verdict decides; a real estate uses the shipped rules with their longer patience. */
const rules = {
  rules: [
    {
      name: 'site-down',
      when: 'probes.web.verdict == "down"',
      for: '0s',
      keepFor: '2s',
      then: 'divert',
      cause: 'server-failure',
      severity: 'critical',
    },
  ],
};

function configuration({ port, router }: SampleNetwork, adminListen: string): object {
  return {
    store: 'sqlite:./data/detour.db',
    dataFolder: './data',
    admin: { listen: adminListen, tokensFile: './tokens.yaml' },
    notice: { http: [`${noticeAddress}:${port}`], https: [], workers: 1 },
    routers: [
      {
        name: 'notice-switch',
        driver: 'frr',
        transport: {
          type: 'ssh',
          host: '127.0.0.1',
          port: router.port,
          user: router.user,
          privateKeyFile: './notice-switch.key',
          hostKeys: [router.fingerprint],
        },
        nextHop: { ipv4: noticeAddress },
        estate: [sampleEstate],
      },
    ],
    sites: sampleSites.map(({ name, title, hostname, address, originAddress }) => ({
      name,
      title,
      hostnames: [hostname],
      addresses: [address],
      routers: ['notice-switch'],
      mode: 'auto',
      origin: { address: originAddress },
      probes: [{ ...probe, url: `http://${hostname}:${port}/` }],
    })),
    rules: ['./rules.yaml'],
    guards: { restoreAfter: '3s', holdDown: { initial: '5s', max: '1m' } },
  };
}

/** Writes configuration, rules, keys and tokens of the quick start into a folder that is there already. Throws the system's own error. */
export function writeSampleFiles(
  folder: string,
  network: SampleNetwork,
  adminListen: string,
): SampleFiles {
  const token = `detour_${randomBytes(32).toString('base64url')}`;
  const sha256 = createHash('sha256').update(token).digest('hex');
  const write = (name: string, text: string, mode = 0o644): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode });
    return file;
  };
  mkdirSync(path.join(folder, 'data'), { recursive: true, mode: 0o700 });
  write('notice-switch.key', network.router.privateKey, 0o600);
  write('rules.yaml', stringify(rules));
  write('tokens.yaml', stringify({ tokens: [{ name: 'operator', role: 'admin', sha256 }] }), 0o600);
  return {
    token,
    tokenFile: write('token', `${token}\n`, 0o600),
    configFile: write('detour.yaml', stringify(configuration(network, adminListen))),
  };
}
