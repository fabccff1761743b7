import { generateKeyPairSync } from 'node:crypto';
import { DetourError } from '../../../lib/errors.ts';
import { readOrMakeKey } from '../../../lib/key-file.ts';

/** The key by which the authority knows us, PKCS #8 PEM, mode 0600; made on first use. Rejects with DETOUR_CERTIFICATE_FAILED. */
export async function openAccountKey(file: string): Promise<string> {
  try {
    return await readOrMakeKey(
      file,
      () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    );
  } catch (error) {
    throw new DetourError(`Could not open the account key of the certificate authority, ${file}`, {
      code: 'DETOUR_CERTIFICATE_FAILED',
      cause: error,
    });
  }
}
