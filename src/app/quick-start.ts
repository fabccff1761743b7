import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../config/settings.ts';
import { DetourError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { type SampleFiles, writeSampleFiles } from '../quickstart/sample-config.ts';
import { openSampleControl } from '../quickstart/sample-control.ts';
import {
  raiseSampleNetwork,
  type SampleNetwork,
  type SampleNetworkOptions,
} from '../quickstart/sample-network.ts';
import { canListen } from './can-listen.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { settingsFor } from './load-settings.ts';
import { ensureNotice } from './notice-child.ts';

export interface QuickStartOptions extends SampleNetworkOptions {
  readonly log: Log;
  /** `host:port` of the API and page; the usual one unless it is taken. */
  readonly listenAddress?: string;
  /** Folder for configuration and data, kept at the end; a temporary one, removed at the end, unless said. */
  readonly dataFolder?: string;
}

/** Both planes on the sample network, on loopback. Its end ends everything it started. */
export interface QuickStart extends AsyncDisposable {
  readonly network: SampleNetwork;
  readonly files: SampleFiles;
  readonly folder: string;
  /** Where sample sites are broken and repaired by POST. */
  readonly controlUrl: string;
  readonly plane: ControlPlane;
  readonly settings: Settings;
}

const usualAdmin = { host: '127.0.0.1', port: 8600 };

/** A notice process that was told to end gets this long. */
const endNoticeMs = 7_000;

async function adminListen(asked: string | undefined): Promise<string> {
  if (asked !== undefined) {
    return asked;
  }
  return (await canListen(usualAdmin)) ? `${usualAdmin.host}:${usualAdmin.port}` : '127.0.0.1:0';
}

function makeFolder(asked: string | undefined, ends: AsyncDisposableStack): string {
  try {
    if (asked !== undefined) {
      mkdirSync(asked, { recursive: true, mode: 0o700 });
      return path.resolve(asked);
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'detour-quickstart-'));
    ends.defer(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  } catch (cause) {
    throw new DetourError(
      'No folder could be made for the quick start; name one that can be written in --data.folder',
      { code: 'DETOUR_DATA_FOLDER_UNUSABLE', cause },
    );
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** In earnest a notice process outlives its controller; here nothing stays behind. */
async function endNotice(pid: number): Promise<void> {
  const until = Date.now() + endNoticeMs;
  if (isRunning(pid)) {
    process.kill(pid, 'SIGTERM');
  }
  while (isRunning(pid) && Date.now() < until) {
    await delay(20);
  }
  if (isRunning(pid)) {
    process.kill(pid, 'SIGKILL');
  }
}

/** Starts everything on loopback. Whatever fails to start ends what had started; rejects with a DetourError that says what to do. */
export async function startQuickStart(options: QuickStartOptions): Promise<QuickStart> {
  const { log, listenAddress, dataFolder, ...network } = options;
  await using ends = new AsyncDisposableStack();
  const folder = makeFolder(dataFolder, ends);
  const raised = ends.use(await raiseSampleNetwork(network));
  const control = ends.use(await openSampleControl(raised.sites));
  const files = writeSampleFiles(folder, raised, await adminListen(listenAddress));
  const settings = settingsFor(files.configFile, {});
  mkdirSync(settings.notice.handover, { recursive: true, mode: 0o750 });
  const pid = await ensureNotice(settings, files.configFile, log);
  ends.defer(() => endNotice(pid));
  const plane = ends.use(await startControlPlane(settings, log));
  const kept = ends.move();
  return {
    network: raised,
    files,
    folder,
    controlUrl: control.url,
    plane,
    settings,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
