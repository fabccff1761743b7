import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../../lib/atomic-file.ts';
import { DetourError } from '../../../lib/errors.ts';

/** The private key that signs snapshots and markers: PKCS #8 PEM, mode 0600. */
export const signingKeyFile = 'notice-signing.key';

/** The key pair that proves a notice is ours. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SPKI PEM, as it stands in `snapshot.pub`. */
  readonly publicPem: string;
}

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
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await writeAtomically(file, [Buffer.from(pem)], 0o600);
    return pem;
  }
}

/** Opens the Ed25519 signing key of a folder and makes it on first use; rejects with DETOUR_NOTICE_PUBLISH_FAILED. */
export async function openSigningKey(folder: string): Promise<SigningKey> {
  const file = join(folder, signingKeyFile);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const privateKey = createPrivateKey(await readOrMake(file));
    if (privateKey.asymmetricKeyType !== 'ed25519') {
      throw new Error(`it holds an ${privateKey.asymmetricKeyType} key, not an Ed25519 key`);
    }
    const publicKey = createPublicKey(privateKey);
    const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    return { privateKey, publicKey, publicPem };
  } catch (error) {
    throw new DetourError(`Could not open the notice signing key ${file}`, {
      code: 'DETOUR_NOTICE_PUBLISH_FAILED',
      cause: error,
    });
  }
}
