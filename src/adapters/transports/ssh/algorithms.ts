import type { Algorithms, NegotiatedAlgorithms } from 'ssh2';
import type { SshTransportSettings } from '../../../config/settings.ts';

/**
 * What a connection may be built of unless a router's own profile says otherwise: no SHA-1, no DSA, no CBC,
 * no group below 2048 bits (RFC 9142 and RFC 8332).
 */
const modern = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
  ],
  compress: ['none'],
} satisfies Algorithms;

/**
 * What devices of about 2012 and before know, and nothing older: keys and groups of 1024 bits, SHA-1, CBC.
 * Left out although such devices have them: MD5, RC4, DES, shortened digests, and none at all.
 */
const legacy2012 = {
  kex: [
    'diffie-hellman-group-exchange-sha1',
    'diffie-hellman-group14-sha1',
    'diffie-hellman-group1-sha1',
  ],
  serverHostKey: ['ssh-rsa', 'ssh-dss'],
  cipher: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
  hmac: ['hmac-sha1'],
} satisfies Algorithms;

/** Everything that is offered to a device, the better before the worse: the first that both sides know is taken. */
export function offeredAlgorithms(profile: SshTransportSettings['algorithms']): Algorithms {
  if (profile !== 'legacy-2012') {
    return modern;
  }
  return {
    kex: [...modern.kex, ...legacy2012.kex],
    serverHostKey: [...modern.serverHostKey, ...legacy2012.serverHostKey],
    cipher: [...modern.cipher, ...legacy2012.cipher],
    hmac: [...modern.hmac, ...legacy2012.hmac],
    compress: modern.compress,
  };
}

/** Which of the algorithms that a connection is built of are old ones, each once. */
export function oldAmong({ kex, serverHostKey, cs, sc }: NegotiatedAlgorithms): readonly string[] {
  const old = new Set<string>(Object.values(legacy2012).flat());
  const used = [kex, serverHostKey, cs.cipher, sc.cipher, cs.mac, sc.mac];
  return [...new Set(used)].filter((name) => old.has(name));
}
