import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { join } from 'node:path';
import { DetourError } from '../../../lib/errors.ts';
import { readOrMakeKey } from '../../../lib/key-file.ts';

/** The private key that signs snapshots and markers: PKCS #8 PEM, mode 0600. */
export const signingKeyFile = 'notice-signing.key';

/** The key pair that proves a notice is ours. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SPKI PEM, as it stands in `snapshot.pub`. */
  readonly publicPem: string;
}

/** Opens the Ed25519 signing key of a folder and makes it on first use; rejects with DETOUR_NOTICE_PUBLISH_FAILED. */
export async function openSigningKey(folder: string): Promise<SigningKey> {
  const file = join(folder, signingKeyFile);
  try {
    const privateKey = createPrivateKey(
      await readOrMakeKey(file, () => generateKeyPairSync('ed25519').privateKey),
    );
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
