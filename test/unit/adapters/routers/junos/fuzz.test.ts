import { describe, expect, it } from 'vitest';
import { FrameReader, frame } from '../../../../../src/adapters/netconf/framing.ts';
import {
  type JunosAnswers,
  parseReading,
} from '../../../../../src/adapters/routers/junos/parse.ts';
import { openRouteDriver } from '../../../../../src/adapters/routers/registry.ts';
import type { RouterReading } from '../../../../../src/core/route-plan.ts';
import { DetourError } from '../../../../../src/lib/errors.ts';
import type { RouteDriver } from '../../../../../src/ports/route-driver.ts';
import { mutate } from '../../../../fakes/mutate.ts';
import { ScriptedStream } from '../../../../fakes/scripted-stream.ts';
import { Random } from '../../../../simulation/random.ts';
import {
  commitsXml,
  configurationXml,
  displayXml,
  tableXml,
} from '../../../../simulators/junos/words.ts';

/** Enough to find a careless parser each day. */
const spoiledReadings = 2_000;
const spoiledSessions = 150;

/** A session is given up after this long. */
const patienceMs = 1_500;

const route = { prefix: '192.168.80.10/32', nextHop: '10.10.4.10' };
const ours = { prefix: route.prefix, nextHops: [route.nextHop], tag: 6310 };

/** Configured and hidden: whoever finds this route installed has found what is not there. */
const content = {
  configuration: configurationXml([ours]),
  installed4: tableXml('inet.0', []),
  installed6: tableXml('inet6.0', []),
  commits: commitsXml([{ user: 'kim', client: 'cli', date: '2026-11-23 10:00:00 UTC' }], false),
};

const hello =
  '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>';

const isProof = ({ owned }: RouterReading): boolean => owned.some(({ isInstalled }) => isInstalled);

/** What a device says on its command line; a commit is never done. */
function words(line: string): string {
  const asked = line.replace(/^run /, '');
  const xml = {
    'show configuration routing-options | display xml': content.configuration,
    'show route table inet.0 protocol static | display xml': content.installed4,
    'show route table inet6.0 protocol static | display xml': content.installed6,
    'show system commit | display xml': content.commits,
  }[asked];
  if (xml !== undefined) {
    return displayXml(xml, line !== asked);
  }
  const spoken: Readonly<Record<string, string>> = {
    'configure exclusive': 'Entering configuration mode\n',
    'commit check': 'configuration check succeeds\n',
    'rollback 0': 'load complete\n',
    exit: 'Exiting configuration mode\n',
  };
  return spoken[line] ?? (line.startsWith('commit') ? 'error: commit failed\n' : '');
}

function cliDevice(random: Random): ScriptedStream {
  const state = { mark: '>' };
  return new ScriptedStream(['\r\ndetour@edge-1> '], (text, say) => {
    const line = text.trim();
    state.mark = { 'configure exclusive': '#', exit: '>' }[line] ?? state.mark;
    const whole = `${line}\n${line === '' ? '' : words(line)}detour@edge-1${state.mark} `;
    say((random.oneIn(6) ? mutate(whole, random) : whole).replaceAll('\n', '\r\n'));
  });
}

/** What a device replies by NETCONF; a commit is never done. */
function reply(request: string): string {
  const id = /message-id="(\d+)"/.exec(request)?.[1] ?? '';
  const xml = [
    [/<get-config>/, `<data>${content.configuration}</data>`],
    [/<table>inet\.0</, content.installed4],
    [/<table>inet6\.0</, content.installed6],
    [/<get-commit-information/, content.commits],
    [/<commit/, '<rpc-error><error-severity>error</error-severity></rpc-error>'],
  ] as const;
  const answer = xml.find(([pattern]) => pattern.test(request))?.[1] ?? '<ok/>';
  return `<rpc-reply message-id="${id}">${answer}</rpc-reply>`;
}

function netconfDevice(random: Random): ScriptedStream {
  return new ScriptedStream([frame(hello, 'marker')], (text, say) => {
    if (!text.includes('<hello')) {
      const whole = frame(reply(text), 'marker');
      say(random.oneIn(6) ? mutate(whole, random) : whole);
    }
  });
}

function driverOn(stream: ScriptedStream, protocol: 'cli' | 'netconf'): RouteDriver {
  return openRouteDriver('junos', {
    router: 'edge-1',
    options: { protocol },
    transport: {
      exec: () => Promise.reject(new Error('no commands here')),
      openStream: async () => stream,
      [Symbol.asyncDispose]: async () => undefined,
    },
  });
}

type Outcome = 'read' | 'refused' | 'false proof' | 'crash';

async function outcomeOf(act: Promise<RouterReading | undefined>): Promise<Outcome> {
  try {
    const reading = await act;
    return reading !== undefined && !isProof(reading) ? 'read' : 'false proof';
  } catch (error) {
    // The signal's own reason may come through before anything was said.
    return error instanceof DetourError || error instanceof DOMException ? 'refused' : 'crash';
  }
}

describe('a spoiled answer of a Junos device', () => {
  it(`never crashes the parser and never proves a route (${spoiledReadings} readings)`, () => {
    const random = new Random(20_261_126);
    const whole: JunosAnswers = {
      configuration: displayXml(content.configuration, false),
      installed4: displayXml(content.installed4, false),
      installed6: displayXml(content.installed6, false),
      commits: displayXml(content.commits, false),
    };
    const parts = ['configuration', 'installed4', 'installed6', 'commits'] as const;
    const seen = { read: 0, refused: 0, proofs: 0 };

    for (let left = spoiledReadings; left > 0; left -= 1) {
      const part = random.pick(parts) ?? 'commits';
      const answer = parseReading({ ...whole, [part]: mutate(whole[part], random) }, 6310);
      seen.refused += 'problem' in answer ? 1 : 0;
      seen.read += 'problem' in answer ? 0 : 1;
      seen.proofs += 'reading' in answer && isProof(answer.reading) ? 1 : 0;
    }

    expect(seen.proofs).toBe(0);
    expect(seen.refused).toBeGreaterThan(0);
    expect(seen.read).toBeGreaterThan(0);
  }, 60_000);

  it(`takes no whole message before it along, and gives no byte that did not come (${spoiledReadings} messages)`, () => {
    const random = new Random(8);
    const intact = frame('<rpc-reply>1</rpc-reply>', 'chunks');

    for (let left = spoiledReadings; left > 0; left -= 1) {
      const frames = new FrameReader();
      frames.useChunks();
      const bytes = Buffer.from(intact + mutate(intact.repeat(3), random));
      frames.feed(bytes);
      const first = frames.next();
      let taken = first?.length ?? 0;
      for (let next = frames.next(); next !== undefined; next = frames.next()) {
        taken += Buffer.byteLength(next);
      }

      expect(first).toBe('<rpc-reply>1</rpc-reply>');
      expect(taken).toBeLessThan(bytes.length);
    }
  });

  describe.each(['cli', 'netconf'] as const)('by %s', (protocol) => {
    const device = protocol === 'cli' ? cliDevice : netconfDevice;
    const sessions = (
      act: (driver: RouteDriver) => Promise<RouterReading | undefined>,
    ): Promise<readonly Outcome[]> =>
      Promise.all(
        Array.from({ length: spoiledSessions }, async (_, seed) => {
          await using driver = driverOn(device(new Random(seed + 1)), protocol);
          return await outcomeOf(act(driver));
        }),
      );

    it(`is a reading without proof or a refusal, in time (${spoiledSessions} sessions)`, async () => {
      const outcomes = await sessions((driver) => driver.read(AbortSignal.timeout(patienceMs)));

      expect(new Set(outcomes)).toEqual(new Set(['read', 'refused']));
    }, 30_000);

    it(`is never taken for a commit (${spoiledSessions} sessions)`, async () => {
      const plan = { add: [{ ...route, prefix: '192.168.80.11/32' }], remove: [], unchanged: [] };

      const outcomes = await sessions(async (driver) => {
        await driver.apply(plan, AbortSignal.timeout(patienceMs));
        return undefined;
      });

      expect(new Set(outcomes)).toEqual(new Set(['refused']));
    }, 30_000);
  });
});
