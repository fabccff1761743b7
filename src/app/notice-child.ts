import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openNoticeClient } from '../adapters/publishers/notice-client.ts';
import type { Settings } from '../config/settings.ts';
import { DetourError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';

/** A notice process answers within a second of its start; a host on which every processor is taken needs far longer. */
const startMs = 30_000;

const main = fileURLToPath(new URL('../../bin/detour.js', import.meta.url));

/**
 * Sees to it that a notice process serves: takes over one that outlived an earlier controller, or starts one that will outlive this.
 * Returns its process id. Rejects with DETOUR_NOTICE_NOT_LIVE when it does not answer in time.
 */
export async function ensureNotice(settings: Settings, file: string, log: Log): Promise<number> {
  const { handover } = settings.notice;
  const client = openNoticeClient(path.join(handover, 'notice.sock'));
  try {
    const { pid } = await client.status(AbortSignal.timeout(1_000));
    log.info({ pid }, 'Took over the notice process that was serving already');
    return pid;
  } catch {
    log.info({ handover }, 'Starting the notice process');
  }
  const output = openSync(path.join(settings.dataFolder, 'notice.log'), 'a', 0o640);
  const child = spawn(
    process.execPath,
    [
      main,
      'notice',
      `--config.file=${file}`,
      // A flag of this process that moves the hand-over must move it for both.
      `--data.folder=${settings.dataFolder}`,
      '--log.format=json',
    ],
    {
      // Of its own session and without our pipes: it serves on when this process is killed.
      detached: true,
      stdio: ['ignore', output, output],
    },
  );
  closeSync(output);
  child.unref();
  const until = Date.now() + startMs;
  for (;;) {
    try {
      return (await client.status(AbortSignal.timeout(500))).pid;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > until) {
        throw new DetourError(
          `The notice process did not start; see ${settings.dataFolder}/notice.log`,
          {
            code: 'DETOUR_NOTICE_NOT_LIVE',
            cause: error,
          },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
