import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { journalFile } from '../control/store.ts';
import { bad, type Finding, good, note } from './finding.ts';

const mebibyte = 1024 * 1024;

/** Below this the journal may not be written to its end, and then nothing is diverted. */
const leastFreeBytes = 100 * mebibyte;

/** A journal with its audit of a busy year fits into this. */
const comfortableFreeBytes = 1024 * mebibyte;

/** The folder itself or, before the first start, the nearest folder above it that is there. */
async function nearestThere(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? folder : await nearestThere(parent);
  }
}

async function checkWritable(what: string, folder: string): Promise<Finding> {
  const there = await nearestThere(folder);
  try {
    if (!(await stat(there)).isDirectory()) {
      throw new Error(`${there} is not a folder`);
    }
    await access(there, constants.W_OK | constants.X_OK);
    return good(`${what} ${folder} ${there === folder ? 'can be written' : 'can be made'}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad(
      `${what} ${folder} cannot be ${there === folder ? 'written' : 'made'} (${why})`,
      'give it to the user that runs Detour, or name another in the configuration',
    );
  }
}

/** Whether the disk below a folder has room for a journal. */
export function judgeFreeSpace(folder: string, freeBytes: number): Finding {
  const free = `${Math.floor(freeBytes / mebibyte)} MiB free below ${folder}`;
  if (freeBytes < leastFreeBytes) {
    return bad(`only ${free}`, 'make room: without a journal nothing is diverted or restored');
  }
  return freeBytes < comfortableFreeBytes
    ? note(`${free}; the journal and its audit grow to about 1 GiB in a busy year`)
    : good(free);
}

async function checkFreeSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestThere(folder));
  return judgeFreeSpace(folder, bavail * bsize);
}

/** What lies in the hand-over folder is shown to every visitor; only the controller may write it. */
async function checkRights(folder: string): Promise<readonly Finding[]> {
  const stats = await stat(folder).catch(() => undefined);
  return stats === undefined || (stats.mode & 0o002) === 0
    ? []
    : [bad(`everybody may write to ${folder}`, `run: chmod o-w ${folder}`)];
}

/** The folders of journal, keys and hand-over, and the disk below them. */
export async function checkFolders(settings: Settings): Promise<readonly Finding[]> {
  const { dataFolder } = settings;
  const { handover } = settings.notice;
  const journal = path.dirname(journalFile(settings));
  const apart = journal === dataFolder ? [] : [await checkWritable('journal folder', journal)];
  return [
    await checkWritable('data folder', dataFolder),
    ...(await checkRights(dataFolder)),
    ...apart,
    await checkFreeSpace(journal),
    await checkWritable('hand-over folder', handover),
    ...(await checkRights(handover)),
  ];
}
