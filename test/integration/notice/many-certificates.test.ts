import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/lib/log.ts';
import { CertificateFolder } from '../../../src/notice/tls/certificate-folder.ts';
import { putCertificate } from '../../support/certificates.ts';

const count = 100;
const names = Array.from({ length: count }, (_, index) => `site-${index}.example.kr`);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dn-many-'));
  await putCertificate(folder, { label: '_', names: ['*.example.kr'] });
  for (const name of names) {
    await copyFile(path.join(folder, '_.crt'), path.join(folder, `${name}.crt`));
    await copyFile(path.join(folder, '_.key'), path.join(folder, `${name}.key`));
  }
  await rm(path.join(folder, '_.crt'));
  await rm(path.join(folder, '_.key'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a folder of many certificates', () => {
  it('has every name from the start on, also while the first reading goes on', async () => {
    using certificates = new CertificateFolder(folder, silentLog);
    let isRead = false;
    const looks: (readonly string[])[] = [];

    certificates.start();
    void certificates.check().then(() => {
      isRead = true;
    });
    do {
      // One that is read first, one that is read last.
      const asked = [names[0], names.at(-1)].map(String);
      looks.push(asked.filter((name) => certificates.find(name) === undefined));
      await new Promise(setImmediate);
    } while (!isRead);

    expect(looks.length).toBeGreaterThan(3);
    expect(looks.flat()).toEqual([]);
  });
});
