import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { whySchema } from '../../src/api/sites/why-schema.ts';
import { type ControlPlane, startControlPlane } from '../../src/app/control-plane.ts';
import { settingsFor } from '../../src/app/load-settings.ts';
import { ensureNotice } from '../../src/app/notice-child.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type SampleFiles, writeSampleFiles } from '../../src/quickstart/sample-config.ts';
import {
  noticeAddress,
  raiseSampleNetwork,
  type SampleNetwork,
  sampleSites,
} from '../../src/quickstart/sample-network.ts';
import { freePort } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { startPebble } from './support/pebble.ts';

const [home01, home02] = sampleSites.map(({ name }) => name);
const address = sampleSites[0]?.address ?? '';

const ends = new AsyncDisposableStack();
let network: SampleNetwork;
let files: SampleFiles;
let plane: ControlPlane;
let httpsPort: number;

/** The quick start with HTTPS and an authority, written as an operator would. */
async function startDetour(folder: string): Promise<void> {
  network = ends.use(await raiseSampleNetwork({}));
  files = writeSampleFiles(folder, network, '127.0.0.1:0');
  const pebble = ends.use(
    await startPebble({ folder, httpPort: network.port, everyName: address }),
  );
  httpsPort = await freePort(noticeAddress);
  const config = parse(await readFile(files.configFile, 'utf8'));
  config.notice = {
    ...config.notice,
    https: [`${noticeAddress}:${httpsPort}`],
    certificates: './certificates',
    acme: {
      directoryUrl: pebble.directoryUrl,
      caFile: pebble.caFile,
      email: 'noc@example.kr',
      agreeToTerms: true,
      challengePort: network.port,
    },
  };
  await writeFile(files.configFile, stringify(config));
  await mkdir(join(folder, 'certificates'));
  const settings = settingsFor(files.configFile, {});
  await mkdir(settings.notice.handover, { recursive: true });
  const notice = await ensureNotice(settings, files.configFile, silentLog);
  ends.defer(() => void process.kill(notice, 'SIGTERM'));
  plane = ends.use(await startControlPlane(settings, silentLog));
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dn-acme-whole-'));
  ends.defer(() => rm(folder, { recursive: true, force: true }));
  await startDetour(folder);
}, 60_000);

afterAll(() => ends.disposeAsync());

async function why(site = ''): Promise<ReturnType<typeof whySchema.parse>> {
  const answer = await fetch(`${plane.adminUrl}/api/v1/sites/${site}/why`, {
    headers: { authorization: `Bearer ${files.token}` },
  });
  return whySchema.parse(await answer.json());
}

const certificateOf = async (site = ''): Promise<string | undefined> =>
  (await why(site)).readiness?.hostnames[0]?.certificate;

/** Who signed what a visitor of this hostname is shown at the notice server. */
async function issuerShown(servername: string): Promise<string> {
  const socket = connect({
    host: noticeAddress,
    port: httpsPort,
    servername,
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  const { issuer } = socket.getPeerCertificate();
  socket.destroy();
  return String(issuer.CN);
}

describe('a whole Detour that orders certificates', () => {
  it('gets one for a site that fails without any, serves its notice with it, and orders none for a site that is well', async () => {
    await until('home01 serves', async () => (await why(home01)).verdict === 'up', {
      timeoutMs: 30_000,
    });
    const before = await certificateOf(home01);

    await network.sites[0]?.breakDown();
    await until('home01 is diverted', async () => (await why(home01)).phase === 'diverted', {
      timeoutMs: 30_000,
    });
    await until('its certificate', async () => (await certificateOf(home01)) === 'valid', {
      timeoutMs: 40_000,
    });
    const issuer = await issuerShown('home01.example.kr');
    await network.sites[0]?.repair();
    await until('home01 serves again', async () => (await why(home01)).phase === 'serving', {
      timeoutMs: 30_000,
    });

    expect(before).toBe('missing');
    expect(issuer).toMatch(/^Pebble Intermediate CA/);
    expect(await certificateOf(home02)).toBe('missing');
  }, 120_000);
});
