import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from '../../../lib/atomic-file.ts';
import { DetourError } from '../../../lib/errors.ts';

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function readOrMake(file: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    await chmod(file, 0o600);
    return pem;
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeAtomically(file, [Buffer.from(pem)], 0o600);
    return pem;
  }
}

/** The key by which the authority knows us, PKCS #8 PEM, mode 0600; made on first use. Rejects with DETOUR_CERTIFICATE_FAILED. */
export async function openAccountKey(file: string): Promise<string> {
  try {
    return await readOrMake(file);
  } catch (error) {
    throw new DetourError(`Could not open the account key of the certificate authority, ${file}`, {
      code: 'DETOUR_CERTIFICATE_FAILED',
      cause: error,
    });
  }
}
