import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openNoticeClient } from '../adapters/publishers/notice-client.ts';
import type { Settings } from '../config/settings.ts';
import { DetourError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import { noticeNodeFlags } from '../notice/node-flags.ts';
import type { NoticeControl } from '../ports/notice-control.ts';
import { snapshotLayout } from '../ports/snapshot.ts';

/** A notice process answers within a second of its start; a host on which every processor is taken needs far longer. */
const startMs = 30 * second;

/** A notice process ends within five seconds of being asked to; this is for a busy host. */
const endMs = 15 * second;

const lookEveryMs = 50;

const main = fileURLToPath(new URL('../../bin/detour.js', import.meta.url));

/** True when a process of this host is a `detour notice`; the number may also be one of another container, and somebody else here. */
async function isNoticeHere(pid: number): Promise<boolean> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return words.split('\0').includes('notice');
}

/** Ends a notice process of an earlier version, so that one of ours can take its ports. False when it is not ours to end, or does not end. */
async function end(pid: number): Promise<boolean> {
  if (!(await isNoticeHere(pid))) {
    return false;
  }
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    return false;
  }
  for (const until = Date.now() + endMs; Date.now() < until; ) {
    if (!(await isNoticeHere(pid))) {
      return true;
    }
    await pause(lookEveryMs);
  }
  return false;
}

/** The notice process that can be taken over as it is; undefined when one must be started. */
async function takenOver(
  client: Pick<NoticeControl, 'status'>,
  log: Log,
): Promise<number | undefined> {
  const status = await client.status(AbortSignal.timeout(second)).catch(() => undefined);
  if (status === undefined) {
    return;
  }
  const { pid, version } = status;
  if (status.snapshotLayout >= snapshotLayout) {
    log.info({ pid }, 'Took over the notice process that was serving already');
    return pid;
  }
  log.warn({ pid, version }, 'Replacing a notice process that cannot read the snapshots of today');
  if (await end(pid)) {
    return;
  }
  // It still serves what stands. Readiness says what is to be done.
  log.error({ pid, version }, 'A notice process of an earlier version could not be replaced');
  return pid;
}

/**
 * Sees to it that a notice process serves: takes over one that outlived an earlier controller, or starts one that will outlive this.
 * One of an earlier version that cannot read what this controller writes is replaced; its visitors are refused for the second that this takes.
 * Returns its process id. Rejects with DETOUR_NOTICE_NOT_LIVE when it does not answer in time.
 */
export async function ensureNotice(settings: Settings, file: string, log: Log): Promise<number> {
  const { handover } = settings.notice;
  const client = openNoticeClient(path.join(handover, 'notice.sock'));
  const pid = await takenOver(client, log);
  if (pid !== undefined) {
    return pid;
  }
  log.info({ handover }, 'Starting the notice process');
  const output = openSync(path.join(settings.dataFolder, 'notice.log'), 'a', 0o640);
  const child = spawn(
    process.execPath,
    [
      ...noticeNodeFlags,
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
      await pause(lookEveryMs);
    }
  }
}
