import { flushCompileCache } from 'node:module';
import type { Log } from '../lib/log.ts';
import { type NoticeOptions, startNotice } from './notice-process.ts';

/** Errors of a log whose reader has gone: a closed pipe, or a terminal that hung up. */
function isLostOutput(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EPIPE' || error.code === 'EIO') &&
    'syscall' in error &&
    error.syscall === 'write'
  );
}

/** Says what went wrong and ends; a supervisor starts afresh, which is safer than going on in an unknown state. */
function onUncaught(log: Log, err: unknown): void {
  if (isLostOutput(err)) {
    return;
  }
  log.error({ err }, 'Notice process failed');
  process.exit(1);
}

/**
 * Runs the notice plane until SIGTERM or SIGINT, and resolves when it has stopped. It owns its process: it outlives
 * its parent, its terminal and whoever read its log; SIGHUP has the snapshot read. Rejects with DETOUR_LISTEN_FAILED.
 */
export async function runNotice(options: NoticeOptions): Promise<void> {
  const { log } = options;
  const stopped = Promise.withResolvers<void>();
  let refresh = (): void => undefined;
  process.on('uncaughtException', (err) => onUncaught(log, err));
  process.on('SIGHUP', () => refresh());
  process.on('SIGTERM', () => stopped.resolve());
  process.on('SIGINT', () => stopped.resolve());
  const notice = await startNotice(options);
  refresh = (): void => {
    notice.refresh().catch((err: unknown) => log.error({ err }, 'Snapshot could not be read'));
  };
  // Where NODE_COMPILE_CACHE names a folder, the next start is to find it filled even if this process is killed.
  flushCompileCache();
  await stopped.promise;
  log.info({}, 'Notice plane stops');
  await notice.stop();
}
