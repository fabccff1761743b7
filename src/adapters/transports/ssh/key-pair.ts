import ssh2 from 'ssh2';

export interface SshKeyPair {
  /** In OpenSSH format. */
  readonly private: string;
  readonly public: string;
}

/** Three in a thousand keys that ssh2 1.17 makes cannot be read by anybody; a handful of tries is certainty. */
const tries = 8;

/** Makes an Ed25519 key pair that can be read back. */
export function makeSshKeyPair(): SshKeyPair {
  for (let left = tries; left > 1; left -= 1) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (isReadable(pair)) {
      return pair;
    }
  }
  return ssh2.utils.generateKeyPairSync('ed25519');
}

const isReadable = (pair: SshKeyPair): boolean =>
  [pair.private, pair.public].every((key) => !(ssh2.utils.parseKey(key) instanceof Error));
