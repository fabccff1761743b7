import type { KeyObject } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from './atomic-file.ts';

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Reads a private key, PKCS #8 PEM, and makes it on first use. The file has mode 0600 afterwards, its new folder 0700. */
export async function readOrMakeKey(file: string, make: () => KeyObject): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    await chmod(file, 0o600);
    return pem;
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
    const pem = make().export({ type: 'pkcs8', format: 'pem' }).toString();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeAtomically(file, [Buffer.from(pem)], 0o600);
    return pem;
  }
}
