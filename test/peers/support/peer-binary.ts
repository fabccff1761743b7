import { access, constants } from 'node:fs/promises';

const folder = new URL('../../../.peers/bin/', import.meta.url).pathname;

/** The path of a peer that scripts/peers.sh builds; rejects with the remedy when it is not there. */
export async function peerBinary(
  name: 'ferretdb' | 'gobgp4/gobgp' | 'gobgp4/gobgpd' | 'k6',
): Promise<string> {
  const path = `${folder}${name}`;
  try {
    await access(path, constants.X_OK);
  } catch (error) {
    throw new Error(`${name} is missing; run scripts/peers.sh first`, { cause: error });
  }
  return path;
}
