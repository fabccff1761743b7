import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CertificateWish {
  /** What the files are called by. */
  readonly label: string;
  /** The names in it; the label unless said. */
  readonly names?: readonly string[];
  /** `YYYYMMDDHHMMSSZ`; in a year unless said. */
  readonly notAfter?: string;
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const authority = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
`;

/** Only the command for certificate authorities lets the dates be chosen. */
async function signWithDates(cwd: string, notAfter: string): Promise<void> {
  await writeFile(join(cwd, 'ca.cnf'), authority);
  await writeFile(join(cwd, 'index.txt'), '');
  await run(
    'openssl',
    [
      ...['ca', '-batch', '-selfsign', '-notext', '-config', 'ca.cnf', '-create_serial'],
      ...['-in', 'request', '-keyfile', 'key', '-out', 'cert'],
      ...['-startdate', '20200101000000Z', '-enddate', notAfter],
    ],
    { cwd },
  );
}

/** Makes a self-signed certificate with its key by the openssl command and puts each in place at one stroke. */
export async function putCertificate(folder: string, wish: CertificateWish): Promise<void> {
  const { label, names = [label], notAfter } = wish;
  const cwd = await mkdtemp(join(tmpdir(), 'dn-make-'));
  const subject = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
  const common = [...curve, '-keyout', 'key', '-subj', '/CN=test', '-addext', subject];
  if (notAfter === undefined) {
    await run('openssl', ['req', '-x509', ...common, '-out', 'cert', '-days', '365'], { cwd });
  } else {
    await run('openssl', ['req', '-new', ...common, '-out', 'request'], { cwd });
    await signWithDates(cwd, notAfter);
  }
  await rename(join(cwd, 'key'), join(folder, `${label}.key`));
  await rename(join(cwd, 'cert'), join(folder, `${label}.crt`));
  await rm(cwd, { recursive: true, force: true });
}
