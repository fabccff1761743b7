import { readFile, stat } from 'node:fs/promises';
import { DetourError } from '../../lib/errors.ts';

/** Reads a file with a secret; rejects with DETOUR_TRANSPORT_SECRET_UNREADABLE when it is missing, empty or open to everybody. */
export async function readSecret(file: string, what: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    // A group may be needed (service managers hand secrets over that way); everybody never is.
    if ((mode & 0o007) !== 0) {
      throw new Error(
        `everybody may use the file (mode ${(mode & 0o777).toString(8)}): chmod 600 it`,
      );
    }
    const text = await readFile(file, 'utf8');
    if (text.trim() === '') {
      throw new Error('the file is empty');
    }
    return text;
  } catch (error) {
    throw refused(`Could not read the ${what} file ${file}`, error);
  }
}

/** Reads a file whose one line is a password. */
export async function readPassword(file: string): Promise<string> {
  return (await readSecret(file, 'password')).replace(/\r?\n$/, '');
}

const refused = (message: string, cause?: unknown): DetourError =>
  new DetourError(message, { code: 'DETOUR_TRANSPORT_SECRET_UNREADABLE', cause });
