import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTogether } from '../../../lib/atomic-file.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { EpochMs } from '../../../lib/time.ts';
import type { CertificateShelf, IssuedCertificate } from '../../../ports/certificate-authority.ts';

const setGroupBit = 0o2000;

/** What is wrong with a certificate; undefined when it may be used. */
function problemOf(
  hostname: string,
  { chain, key }: IssuedCertificate,
  now: EpochMs,
): string | undefined {
  const certificate = new X509Certificate(chain);
  if (!certificate.checkPrivateKey(createPrivateKey(key))) {
    return 'its key belongs to another certificate';
  }
  if (certificate.checkHost(hostname, { subject: 'never' }) === undefined) {
    return `it names ${certificate.subjectAltName ?? 'nobody'}`;
  }
  return certificate.validToDate.getTime() <= now ? 'it has ended already' : undefined;
}

/** A key is its writer's alone, unless the owner of the folder set its group bit so that the group reads it too. */
async function keyModeIn(folder: string): Promise<number> {
  const { mode } = await stat(folder);
  return (mode & setGroupBit) === 0 ? 0o600 : 0o640;
}

/**
 * Opens the folder that the notice plane reads as a shelf for new certificates: `<hostname>.crt` and `<hostname>.key`.
 * The notice plane goes on with the old pair until both files of the new one are there.
 */
export function openCertificateShelf(folder: string, now: () => EpochMs): CertificateShelf {
  return {
    async put(hostname, issued): Promise<void> {
      try {
        const problem = problemOf(hostname, issued, now());
        if (problem !== undefined) {
          throw new Error(problem);
        }
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const file = join(folder, hostname);
        const mode = await keyModeIn(folder);
        // A key without its certificate would cost the site the pair that it has.
        await writeTogether([
          { file: `${file}.key`, chunks: [Buffer.from(issued.key)], mode },
          { file: `${file}.crt`, chunks: [Buffer.from(issued.chain)], mode: 0o644 },
        ]);
      } catch (error) {
        throw new DetourError(`Could not put the new certificate of ${hostname} into ${folder}`, {
          code: 'DETOUR_CERTIFICATE_FAILED',
          cause: error,
        });
      }
    },
  };
}
