import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { openSystemClock } from '../../adapters/clock/system-clock.ts';
import { openSqliteJournal } from '../../adapters/journal/sqlite/sqlite-journal.ts';
import { openNoticeClient } from '../../adapters/publishers/notice-client.ts';
import { openSigningKey, type SigningKey } from '../../adapters/publishers/snapshot/signing-key.ts';
import type { Settings } from '../../config/settings.ts';
import { Transcripts } from '../../controller/transcripts.ts';
import type { Log } from '../../lib/log.ts';
import { type ControlMetrics, openControlMetrics } from '../../metrics/control-metrics.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Journal } from '../../ports/journal.ts';
import type { NoticeControl } from '../../ports/notice-control.ts';
import type { NoticePublisher } from '../../ports/notice-publisher.ts';
import type { Store } from '../../ports/store.ts';
import { storedTranscripts } from '../stored-values.ts';
import { InForce } from './in-force.ts';
import { openPublisher } from './publisher.ts';
import { journalFile, openStore } from './store.ts';
import { StoreHealth } from './store-health.ts';

/** The parts that the rest is built on; they end in the reverse order. */
export interface Ground {
  /** As they were at the start. */
  readonly settings: Settings;
  /** As they are now. */
  readonly inForce: InForce;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ControlMetrics;
  readonly key: SigningKey;
  readonly journal: Journal;
  readonly store: Store;
  readonly storeHealth: StoreHealth;
  /** What routers were told and answered, by incident. */
  readonly transcripts: Transcripts;
  readonly notices: NoticeControl;
  readonly publisher: NoticePublisher;
}

/** Opens clock, keys, journal, store and the way to the notice plane. Rejects with the DetourError of what does not open. */
export async function openGround(
  settings: Settings,
  log: Log,
  ends: AsyncDisposableStack,
): Promise<Ground> {
  const { dataFolder, notice } = settings;
  const inForce = new InForce(settings);
  const file = journalFile(settings);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const clock = openSystemClock();
  const key = await openSigningKey(path.join(dataFolder, 'keys'));
  const checkpoint = { file: `${file}.checkpoint`, privateKey: key.privateKey, clock, log };
  const journal = ends.use(openSqliteJournal({ file, checkpoint }));
  const metrics = openControlMetrics();
  const storeHealth = new StoreHealth(metrics, log);
  const store = ends.use(openStore(settings, { clock, health: storeHealth, log }));
  const transcripts = new Transcripts({ store, clock, metrics, log, parse: storedTranscripts });
  ends.defer(() => transcripts.stop());
  const notices = openNoticeClient(path.join(notice.handover, 'notice.sock'));
  const publisher = ends.use(await openPublisher(inForce, { key, notices, log }));
  metrics.journalUp.set(1);
  metrics.configReload.set(1);
  return {
    settings,
    inForce,
    clock,
    log,
    metrics,
    key,
    journal,
    store,
    storeHealth,
    transcripts,
    notices,
    publisher,
  };
}
