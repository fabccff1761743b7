import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog } from '../../src/lib/log.ts';
import { CertificateFolder } from '../../src/notice/tls/certificate-folder.ts';
import { putCertificate } from '../../test/support/certificates.ts';

const count = 5_000;

async function makeFolder(folder: string): Promise<void> {
  await putCertificate(folder, { label: '_', names: ['*.example.kr'] });
  for (let index = 0; index < count; index += 1) {
    const base = path.join(folder, `site-${index}.example.kr`);
    await copyFile(path.join(folder, '_.crt'), `${base}.crt`);
    await copyFile(path.join(folder, '_.key'), `${base}.key`);
  }
  execFileSync('sync');
}

const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return Math.round((user + system) / 1_000);
};

/** What a folder of 5,000 certificates costs a notice worker: the first name, the first reading, memory, and a look that finds nothing new. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-bench-'));
  try {
    await makeFolder(folder);
    globalThis.gc?.();
    const bytesBefore = process.memoryUsage.rss();
    const begin = performance.now();
    const cpuBefore = process.cpuUsage();
    using certificates = new CertificateFolder(folder, silentLog);
    certificates.start();
    if (certificates.find(`site-${count - 1}.example.kr`) === undefined) {
      throw new Error('The name that is read last was not found at once');
    }
    const firstMs = performance.now() - begin;
    await certificates.check();
    const [readMs, readCpuMs] = [performance.now() - begin, cpuMs(cpuBefore)];
    const lookBefore = process.cpuUsage();
    await certificates.check();
    const result = {
      certificates: certificates.pairs.length,
      firstNameMs: Number(firstMs.toFixed(1)),
      allReadMs: Math.round(readMs),
      allReadCpuMs: readCpuMs,
      lookCpuMs: cpuMs(lookBefore),
      mebibytes: Math.round((process.memoryUsage.rss() - bytesBefore) / 2 ** 20),
      loadAverage: Number((loadavg()[0] ?? 0).toFixed(1)),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
