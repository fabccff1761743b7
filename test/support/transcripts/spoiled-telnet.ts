import { type Duplex, duplexPair } from 'node:stream';
import { IacFilter } from '../../../src/adapters/transports/telnet/iac-filter.ts';
import { logIn } from '../../../src/adapters/transports/telnet/login.ts';
import { TelnetStream } from '../../../src/adapters/transports/telnet/stream.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import type { DeviceStream, Transport } from '../../../src/ports/transport.ts';
import { mutate } from '../../fakes/mutate.ts';
import type { Random } from '../../simulation/random.ts';
import type { Device } from '../../simulators/support/device.ts';
import { simulatedLogin } from '../../simulators/support/ssh-server.ts';
import { serveVisitor } from '../../simulators/support/telnet-server.ts';
import { Terminal } from '../../simulators/support/terminal.ts';
import { spoiler } from './spoiled.ts';

/** Connection and login may take this long, as the transport has it. */
const connectTimeoutMs = 10_000;

const iac = '\u00ff';

/** What FRR and telnetd say before anything else: WILL ECHO and SUPPRESS-GO-AHEAD, DONT LINEMODE, DO NAWS and TERMINAL-TYPE, and which. */
const preamble = [
  `${iac}\u00fb\u0001${iac}\u00fb\u0003${iac}\u00fe"`,
  `${iac}\u00fd\u001f${iac}\u00fd\u0018${iac}\u00fa\u0018\u0001${iac}\u00f0`,
].join('');

/** A transport to a device behind telnet, in memory: now and then a piece of what it says, or of how it says it, is spoiled. */
export function spoiledTelnet(device: Device, random: Random): Transport {
  return {
    isTerminalOnly: true,
    exec: () => Promise.reject(new Error('no commands here')),
    openStream: (_, signal) => connect(device, random, signal),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function connect(device: Device, random: Random, signal: AbortSignal): Promise<DeviceStream> {
  const [near, far] = duplexPair();
  serve(far, device, random);
  const stream = new TelnetStream(near, 'device');
  const limit = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
  try {
    await logIn(stream, { place: 'device', ...simulatedLogin }, limit);
    return stream;
  } catch (error) {
    await stream[Symbol.asyncDispose]();
    throw error instanceof DetourError || !limit.aborted
      ? error
      : new DetourError('No login in time', {
          code: 'DETOUR_TRANSPORT_TIMEOUT',
          retryable: true,
          cause: error,
        });
  }
}

function serve(far: Duplex, device: Device, random: Random): void {
  const spoiled = spoiler(random, spoil);
  const say = (text: string): void => {
    if (far.writable) {
      far.write(Buffer.from(spoiled(text), 'latin1'));
    }
  };
  const terminal = new Terminal(
    { write: say, close: () => far.end() },
    { faults: device.faults, pagerPrompt: device.pagerPrompt },
  );
  const filter = new IacFilter();
  far.on('data', (chunk: Buffer) => {
    const words = filter.feed(chunk).text.toString('latin1');
    // As over a wire, the answer does not come while the question is being asked.
    setImmediate(() => terminal.take(words));
  });
  far.on('error', () => terminal.end());
  far.on('close', () => terminal.end());
  say(preamble);
  void serveVisitor(terminal, device);
}

/** Words are spoiled as everywhere; of the protocol a verb, a subnegotiation without an end, or half a command comes in. */
function spoil(text: string, random: Random): string {
  if (random.oneIn(2)) {
    return mutate(text, random);
  }
  const at = random.between(0, text.length);
  const verb = String.fromCodePoint(random.between(0xec, 0xff));
  const about = String.fromCodePoint(random.between(0, 0xff));
  const command = random.pick([iac, `${iac}${verb}`, `${iac}${verb}${about}`]) ?? iac;
  return text.slice(0, at) + command + text.slice(at);
}
