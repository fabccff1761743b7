import type { SshTransportSettings } from '../../../config/settings.ts';
import { DetourError } from '../../../lib/errors.ts';
import { readPassword, readSecret } from '../secret-file.ts';

export type Credentials = { readonly privateKey: string } | { readonly password: string };

/** Reads the key or password of a router at the moment of connecting, so that a changed file needs no restart. */
export async function readCredentials(settings: SshTransportSettings): Promise<Credentials> {
  if (settings.privateKeyFile !== undefined) {
    return { privateKey: await readSecret(settings.privateKeyFile, 'private key') };
  }
  if (settings.passwordFile !== undefined) {
    return { password: await readPassword(settings.passwordFile) };
  }
  throw refused(`No privateKeyFile and no passwordFile is set for ${settings.host}`);
}

const refused = (message: string, cause?: unknown): DetourError =>
  new DetourError(message, { code: 'DETOUR_TRANSPORT_SECRET_UNREADABLE', cause });
