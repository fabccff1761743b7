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

/**
 * Replaces a file so that a reader sees the old one or the new one, whole, and a power cut leaves one of the two:
 * written beside it, synced, renamed, and the folder synced. Only one writer at a time.
 */
export async function writeAtomically(
  file: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  mode: number,
): Promise<void> {
  const draft = `${file}.tmp`;
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
  await rename(draft, file);
  await syncFolder(dirname(file));
}
