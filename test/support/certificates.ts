import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CertificateWish {
  /** What the files are called by. */
  readonly label: string;
  /** The names in it; the label unless said. */
  readonly names?: readonly string[];
  /** `YYYYMMDDHHMMSSZ`; a year ago until in a year unless said. */
  readonly notAfter?: string;
}

/** Makes a self-signed certificate with its key by the openssl command and puts both in place at one stroke each. */
export async function putCertificate(folder: string, wish: CertificateWish): Promise<void> {
  const { label, names = [label], notAfter } = wish;
  const [cert, key] = [join(folder, `${label}.crt`), join(folder, `${label}.key`)];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', `${key}.new`, '-out', `${cert}.new`, '-subj', '/CN=test'],
    ...['-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`],
    ...(notAfter === undefined
      ? ['-days', '365']
      : ['-not_before', '20200101000000Z', '-not_after', notAfter]),
  ]);
  await rename(`${key}.new`, key);
  await rename(`${cert}.new`, cert);
}
