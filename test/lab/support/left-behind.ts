import { readdir, rm } from 'node:fs/promises';
import { mustRun } from '../../support/command.ts';

/**
 * Removes what accounts left behind on an earlier router whose network had this number: the kernel gives a number again,
 * and to the drivers it is the same router with the terms and leases of then.
 */
export async function forgetEarlierNetwork(namespace: string): Promise<void> {
  const link = await mustRun(['ip', 'netns', 'exec', namespace, 'readlink', '/proc/self/ns/net']);
  const ofThisNumber = new RegExp(`-${link.replaceAll(/\D/g, '')}(\\.|$)`);
  const folders = (await readdir('/tmp')).filter((name) => /^detour-\d+$/.test(name));
  for (const folder of folders) {
    const files = await readdir(`/tmp/${folder}`);
    const old = files.filter((file) => ofThisNumber.test(file));
    await Promise.all(old.map((file) => rm(`/tmp/${folder}/${file}`, { force: true })));
  }
}
