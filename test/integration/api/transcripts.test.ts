import { expect, it } from 'vitest';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { ConversationRecord } from '../../../src/adapters/transports/conversation-record.ts';
import { recordedTransport } from '../../../src/adapters/transports/recorded.ts';
import { storedTranscripts } from '../../../src/app/stored-values.ts';
import { RouterRunner } from '../../../src/controller/router-runner.ts';
import { RunnerGuard } from '../../../src/controller/runner-guard.ts';
import { Transcripts } from '../../../src/controller/transcripts.ts';
import { touchedIncidents } from '../../../src/core/touched-incidents.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import type { ExecResult, Transport } from '../../../src/ports/transport.ts';
import { openApiBench } from '../../fakes/api-bench.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';

const router = 'notice-switch';

/** An FRR router that shows an empty table and a password, and refuses every change. */
const refusing: Transport = {
  async exec(command): Promise<ExecResult> {
    if (command.includes('configure terminal')) {
      return { stdout: '% Configuration is locked\n', stderr: '', exitCode: 1 };
    }
    const stdout = command.includes('show version')
      ? 'FRRouting 8.4.4 (notice-switch).\n'
      : [
          ' zebra staticd',
          '{}',
          '{}',
          'Current configuration:',
          '!',
          'enable password s3cr3t-of-the-switch',
          'end',
          '',
        ].join('\n');
    return { stdout, stderr: '', exitCode: 0 };
  },
  openStream: () => Promise.reject(new Error('no streams here')),
  async [Symbol.asyncDispose]() {
    // Nothing is held.
  },
};

it('what a router was told and how it refused is read on the incident, and no password with it', async () => {
  const clock = new ManualClock();
  const metrics = openControlMetrics();
  const store = new MemoryStore(clock);
  const transcripts = new Transcripts({
    store,
    clock,
    metrics,
    log: silentLog,
    parse: storedTranscripts,
  });
  await using bench = await openApiBench({
    history: { incidents: async () => [], transcripts: (id) => transcripts.of(id) },
  });
  const { controller } = bench.control;
  const record = new ConversationRecord();
  const runner = new RouterRunner(router, {
    spec: () => controller.state().config.routers[router],
    driver: openRouteDriver('frr', {
      router,
      transport: recordedTransport(refusing, record),
      options: {},
    }),
    clock: bench.control.clock,
    guard: new RunnerGuard({
      isIsolated: () => false,
      sites: () => controller.state().config.sites,
      guards: () => controller.state().config.guards,
      monotonicMs: () => clock.monotonicMs(),
    }),
    mayAct: () => true,
    isStillWanted: () => true,
    metrics,
    log: silentLog,
    conversation: record,
    note: (said) => transcripts.note(touchedIncidents(controller.state(), router), said),
  });
  // The switch does not answer the controller: the sync of the incident stays under way, and we carry it out here.
  await bench.control.probe('home01', 'fail', 2);
  bench.control.isAnswering = false;
  await bench.control.probe('home01', 'fail', 1);
  const [published = ''] = controller.state().sites.get('home01')?.waitingFor ?? [];
  await controller.submit({ type: 'command-finished', id: published, outcome: { result: 'ok' } });

  const outcome = await runner.sync({
    type: 'sync-routes',
    id: 'c1',
    router,
    desired: [{ prefix: '192.168.80.100/32', nextHop: '192.168.80.10' }],
    ledger: ['192.168.80.100/32'],
    isOrdered: false,
    activeLimit: 10,
    decidedAt: bench.control.clock.now(),
    notBefore: 0,
  });

  const list = await bench.ask('viewer', { url: '/api/v1/incidents' });
  const [incident] = list.json().incidents;
  const story = await bench.ask('viewer', { url: `/api/v1/incidents/${incident.id}` });
  expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_ROUTER_COMMAND_REJECTED' });
  expect(story.json().transcripts).toMatchObject([
    { router, operation: 'apply', result: 'DETOUR_ROUTER_COMMAND_REJECTED' },
  ]);
  const { text } = story.json().transcripts[0];
  expect(text).toContain('>>> ip route 192.168.80.100/32 192.168.80.10 tag 6310 2');
  expect(text).toContain('% Configuration is locked');
  expect(text).toContain('enable password (hidden)');
  expect(story.body).not.toContain('s3cr3t-of-the-switch');
});
