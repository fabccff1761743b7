import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { openSnapshotPublisher } from '../../src/adapters/publishers/snapshot/publisher.ts';
import { openSigningKey } from '../../src/adapters/publishers/snapshot/signing-key.ts';
import type { Site } from '../../src/core/site.ts';
import { silentLog } from '../../src/lib/log.ts';
import { noticeNodeFlags } from '../../src/notice/node-flags.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../../src/ports/notice-limits.ts';
import { sampleSite } from '../../test/fakes/sample-site.ts';
import { putCertificate } from '../../test/support/certificates.ts';
import { freePort, ServerProcess } from './server-process.ts';

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

const program = path.join(import.meta.dirname, '../../bin/detour.js');

/** All load comes from one address here, so that one source has the limits of all; every limit is still asked. */
const limits = {
  ...defaultNoticeLimits,
  sessions: 50_000,
  newPerSecond: 1_000_000,
  siteSessions: 50_000,
  siteNewPerSecond: 1_000_000,
  sourceSessions: 50_000,
  sourceNewPerSecond: 1_000_000,
  blocking: { ...defaultNoticeLimits.blocking, refusals: 0 },
};

/** The pair of files that a notice process started in a folder shows for the first host. */
export function certificateFiles(folder: string): CertificateFiles {
  const stem = path.join(folder, 'certificates', noticeHosts[0]);
  return { certificate: `${stem}.crt`, key: `${stem}.key` };
}

export const noticeHosts = ['home01.example.kr', 'home02.example.kr'] as const;

export interface NoticeHostPlan {
  /** Sites with a hostname and an address each. */
  readonly hosts?: number;
  /** Limits other than wide ones. */
  readonly limits?: Partial<NoticeLimits>;
}

function planned(hosts: number): readonly Site[] {
  return Array.from({ length: hosts }, (_, index) => {
    const name = `home${String(index + 1).padStart(2, '0')}`;
    const address = `192.168.${80 + (index >> 7)}.${100 + (index & 127)}`;
    return sampleSite(name, { hostnames: [`${name}.example.kr`], addresses: [address] });
  });
}

/** Starts a notice process with the real notices of two sites, as the publisher hands them over. */
export async function startNoticeHost(
  folder: string,
  { hosts = 2, limits: own = {} }: NoticeHostPlan = {},
): Promise<ServerProcess> {
  const handover = path.join(folder, 'handover');
  await mkdir(handover, { recursive: true });
  const certificates = path.join(folder, 'certificates');
  await mkdir(certificates, { recursive: true });
  await putCertificate(certificates, { label: noticeHosts[0] });
  const [port, securePort] = [await freePort(), await freePort()];
  await using publisher = await openSnapshotPublisher({
    folder: handover,
    key: await openSigningKey(path.join(folder, 'keys')),
    limits: { ...limits, ...own },
    defaultLanguage: 'ko',
    now: Date.now,
    isLive: async () => true,
    passageProblem: async () => undefined,
    poke: async () => undefined,
    log: silentLog,
  });
  const sites = planned(hosts);
  await publisher.register(sites, {});
  for (const [index, { name }] of sites.entries()) {
    const order = {
      site: name,
      generation: index + 1,
      cause: 'server-failure',
      since: Date.now(),
      incident: `i${index}`,
    };
    await publisher.publish(order, AbortSignal.timeout(10_000));
  }
  const config = {
    dataFolder: './data',
    notice: {
      http: [`127.0.0.1:${port}`],
      https: [`127.0.0.1:${securePort}`],
      certificates: './certificates',
      workers: 1,
      handover: './handover',
    },
    admin: { listen: '127.0.0.1:0' },
  };
  const file = path.join(folder, 'detour.yaml');
  await writeFile(file, stringify(config));
  const argv = [
    ...[process.execPath, ...noticeNodeFlags, program, 'notice'],
    ...[`--config.file=${file}`, '--log.level=error'],
  ];
  const server = new ServerProcess(argv, port, { isAhead: true, securePort });
  await server.untilReady();
  return server;
}
