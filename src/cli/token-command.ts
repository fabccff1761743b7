import { createHash, randomBytes } from 'node:crypto';
import { type Role, roles } from '../api/http/roles.ts';
import { type Io, UsageError } from './io.ts';

/** Makes a token of 256 random bits, prints it once, and the line of the tokens file that lets it in. */
export function createToken(
  { name, role, json }: { readonly name: string; readonly role: string; readonly json?: boolean },
  io: Io,
): number {
  const known: Role | undefined = roles.find((word) => word === role);
  if (known === undefined) {
    throw new UsageError(`--role must be one of ${roles.join(', ')}; it is "${role}".`);
  }
  if (!/^[a-z0-9]([a-z0-9._@-]{0,61}[a-z0-9])?$/i.test(name)) {
    throw new UsageError(
      '--name must be letters, digits, dots, dashes and @, at most 63 characters; it stands in the audit.',
    );
  }
  const token = `detour_${randomBytes(32).toString('base64url')}`;
  const sha256 = createHash('sha256').update(token).digest('hex');
  if (json === true) {
    io.stdout.write(`${JSON.stringify({ token, name, role: known, sha256 })}\n`);
    return 0;
  }
  io.stdout.write(`${token}\n`);
  io.stderr.write(
    [
      'The line above is the token. It is shown once and kept nowhere: put it into a file that only its user can read,',
      'and name that file in DETOUR_TOKEN_FILE. Then let it in with this line under "tokens:" in the tokens file:',
      '',
      `  - { name: ${name}, role: ${known}, sha256: ${sha256} }`,
      '',
      'and reload Detour (SIGHUP, or POST /-/reload).',
      '',
    ].join('\n'),
  );
  return 0;
}
