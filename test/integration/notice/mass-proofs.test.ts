import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { HttpDataPath } from '../../../src/adapters/data-path/http/http-data-path.ts';
import { Limits } from '../../../src/controller/limits.ts';
import { PathProver } from '../../../src/controller/path-prover.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../../../src/ports/notice-limits.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../../fakes/memory-store.ts';
import { FakeNoticePublisher } from '../../fakes/notice-publisher.ts';
import { probeSpec } from '../../fakes/probe-target.ts';
import { registeredSite } from '../../fakes/site-state.ts';
import { putCertificate } from '../../support/certificates.ts';
import { metric, openStage } from './stage.ts';

/** Two doors each: on a machine of any speed more new sessions than a visitor may open in a second below. */
const names = Array.from({ length: 6 }, (_, at) => `site${at + 1}`);
const limits = { ...defaultNoticeLimits, sourceNewPerSecond: 4 };

/** What notice hosts are told when the controller looks from these addresses. */
async function toldLimits(own: readonly string[]): Promise<NoticeLimits> {
  const publisher = new FakeNoticePublisher();
  const store = new MemoryStore(new ManualClock(), new SharedMemory());
  await new Limits(limits, store, publisher, () => own).load(() => undefined, silentLog);
  return publisher.limits ?? limits;
}

/** Proves all sites at once, as in a mass event; tells how many proofs succeeded and how often the notice host refused a look. */
async function proveAll(own: readonly string[]): Promise<{ proven: number; refused: number }> {
  const certificates = await mkdtemp(join(tmpdir(), 'dn-crt-'));
  await putCertificate(certificates, { label: 'any.example.kr' });
  // A busy machine is not what is tried here.
  const ladder = { ...defaultNoticeLimits.ladder, busyShare: 2, delayMs: 60_000 };
  await using stage = await openStage(
    {
      sites: names.map((name) => ({ name, generation: 7 })),
      limits: { ...(await toldLimits(own)), ladder },
    },
    { https: [{ host: '127.0.0.1', port: 0 }], certificates },
  );
  const tls = stage.notice.httpsAddresses[0]?.port ?? 0;
  const clock = openSystemClock();
  const prover = new PathProver({
    clock,
    dataPath: new HttpDataPath({
      clock,
      markerKey: stage.keys.publicKey,
      userAgent: 'Detour/test (+proof)',
      securePorts: () => new Set([tls]),
    }),
  });
  const outcomes = await Promise.all(
    names.map((name) =>
      prover.prove(
        registeredSite(name, {
          addresses: ['127.0.0.1'],
          probes: [
            probeSpec({ url: `http://${name}.example.kr:${stage.port}/` }),
            probeSpec({ name: 'tls', type: 'https', url: `https://${name}.example.kr:${tls}/` }),
          ],
        }),
        {
          type: 'prove',
          id: `c-${name}`,
          site: name,
          addresses: ['127.0.0.1'],
          generation: 7,
          expect: 'notice',
        },
      ),
    ),
  );
  const text = await stage.notice.metrics();
  await rm(certificates, { recursive: true, force: true });
  const reasons = ['source-rate', 'source-sessions'];
  return {
    proven: outcomes.filter(({ result }) => result === 'ok').length,
    refused: reasons
      .map((reason) => metric(text, `detour_notice_refused_total{reason="${reason}"}`))
      .reduce((sum, count) => sum + count),
  };
}

it('a notice host that knows from where Detour looks refuses none of the proofs of a mass event', async () => {
  const known = await proveAll(['127.0.0.1']);
  const unknown = await proveAll([]);

  expect(known).toEqual({ proven: names.length, refused: 0 });
  expect(unknown.refused).toBeGreaterThan(0);
});
