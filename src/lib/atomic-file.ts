import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file as it is to be. */
export interface WholeFile {
  readonly file: string;
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly mode: number;
}

const draftOf = (file: string): string => `${file}.tmp`;

async function writeDraft({ file, chunks, mode }: WholeFile): Promise<void> {
  const draft = draftOf(file);
  // What an interrupted writer left may have another mode.
  await rm(draft, { force: true });
  const handle = await open(draft, 'wx', mode);
  try {
    for await (const chunk of chunks) {
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces files that belong together: none is touched before all are on the disk beside their places, so a full disk
 * leaves every one as it was, and keeps nothing of the new ones. Only one writer at a time.
 */
export async function writeTogether(files: readonly WholeFile[]): Promise<void> {
  try {
    for (const each of files) {
      await writeDraft(each);
    }
  } catch (error) {
    // On a full disk the rest of a draft would take the room of whatever is written next. What cannot be removed is no further harm.
    await Promise.all(files.map(({ file }) => rm(draftOf(file)).catch(() => undefined)));
    throw error;
  }
  for (const { file } of files) {
    await rename(draftOf(file), file);
  }
  for (const folder of new Set(files.map(({ file }) => dirname(file)))) {
    await syncFolder(folder);
  }
}

/**
 * Replaces a file so that a reader sees the old one or the new one, whole, and a power cut leaves one of the two:
 * written beside it, synced, renamed, and the folder synced. Only one writer at a time.
 */
export async function writeAtomically(
  file: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  mode: number,
): Promise<void> {
  await writeTogether([{ file, chunks, mode }]);
}
