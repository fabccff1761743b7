import { readFile, stat } from 'node:fs/promises';
import type { SshTransportSettings } from '../../../config/settings.ts';
import { DetourError } from '../../../lib/errors.ts';

export type Credentials = { readonly privateKey: string } | { readonly password: string };

/** Reads the key or password of a router at the moment of connecting, so that a changed file needs no restart. */
export async function readCredentials(settings: SshTransportSettings): Promise<Credentials> {
  if (settings.privateKeyFile !== undefined) {
    return { privateKey: await readSecret(settings.privateKeyFile, 'private key') };
  }
  if (settings.passwordFile !== undefined) {
    const text = await readSecret(settings.passwordFile, 'password');
    return { password: text.replace(/\r?\n$/, '') };
  }
  throw refused(`No privateKeyFile and no passwordFile is set for ${settings.host}`);
}

async function readSecret(file: string, what: string): Promise<string> {
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

const refused = (message: string, cause?: unknown): DetourError =>
  new DetourError(message, { code: 'DETOUR_TRANSPORT_AUTH_FAILED', cause });
