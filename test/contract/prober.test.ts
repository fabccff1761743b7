import { openSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { openProbers } from '../../src/adapters/probers/registry.ts';
import type { ProbeSpec, ProbeType } from '../../src/core/site.ts';
import type { ProbeTarget } from '../../src/ports/prober.ts';
import { FakeProber } from '../fakes/fake-prober.ts';
import {
  answering,
  closedPort,
  httpAnswer,
  type LoopbackServer,
  serveTcp,
  serveTls,
} from '../fakes/loopback-server.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { probeTarget } from '../fakes/probe-target.ts';
import { type ProberBench, proberContract, type Situation } from './prober.contract.ts';

function specFor(type: ProbeType, port: number): Partial<ProbeSpec> {
  return type === 'tcp'
    ? { type, port, timeoutMs: 300 }
    : { type, url: `${type}://home01.example.kr:${port}/`, timeoutMs: 300 };
}

/** Runs real probers against real servers on loopback. */
function onLoopback(
  type: ProbeType,
): (use: (bench: ProberBench) => Promise<void>) => Promise<void> {
  return async (use) => {
    const clock = openSystemClock();
    await using servers = new AsyncDisposableStack();
    const listen = async (situation: Situation): Promise<LoopbackServer> => {
      if (situation === 'silent') {
        return servers.use(await serveTcp(() => undefined));
      }
      const answer = answering(httpAnswer(200, 'welcome'));
      return servers.use(await (type === 'https' ? serveTls(answer) : serveTcp(answer)));
    };
    await use({
      clock,
      prober: openProbers({ clock, userAgent: 'Detour/test (+probe)' })[type],
      finish: (probe) => probe,
      target: async (situation): Promise<ProbeTarget> => {
        const port = situation === 'closed' ? await closedPort() : (await listen(situation)).port;
        return probeTarget(specFor(type, port));
      },
    });
  };
}

proberContract('the HTTP prober', 'response-timeout', onLoopback('http'));
proberContract('the HTTPS prober', 'tls-timeout', onLoopback('https'));
proberContract('the TCP prober', undefined, onLoopback('tcp'));

proberContract('the fake prober', 'connect-timeout', async (use) => {
  const clock = new ManualClock();
  const prober = new FakeProber(clock, ({ site }) => {
    if (site === 'closed') {
      return { outcome: 'fail', reason: 'refused' };
    }
    return site === 'silent' ? { afterMs: Number.POSITIVE_INFINITY } : {};
  });
  await use({
    clock,
    prober,
    finish: async (probe) => {
      await clock.advanceAsync(5_000);
      return await probe;
    },
    target: (situation) => Promise.resolve(probeTarget({}, { site: situation })),
  });
});
