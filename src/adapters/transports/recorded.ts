import { errorChain } from '../../lib/errors.ts';
import type {
  DeviceStream,
  ExecOptions,
  ExecResult,
  StreamKind,
  Transport,
} from '../../ports/transport.ts';
import type { ConversationRecord } from './conversation-record.ts';

/** A transport that writes down what is said over it, whatever driver uses it. */
export function recordedTransport(transport: Transport, record: ConversationRecord): Transport {
  return {
    isTerminalOnly: transport.isTerminalOnly === true,
    async exec(command: string, options: ExecOptions): Promise<ExecResult> {
      record.sent(options.stdin === undefined ? command : `${command}\n${options.stdin}`);
      try {
        const result = await transport.exec(command, options);
        record.heard(`${result.stdout}\n${result.stderr}\n`);
        if (result.exitCode !== 0) {
          record.heard(`(exit code ${result.exitCode ?? 'none'})\n`);
        }
        return result;
      } catch (error) {
        record.heard(`(${errorChain(error)})\n`);
        throw error;
      }
    },
    async openStream(kind: StreamKind, signal: AbortSignal): Promise<DeviceStream> {
      return recordedStream(await transport.openStream(kind, signal), record);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
    },
  };
}

function recordedStream(stream: DeviceStream, record: ConversationRecord): DeviceStream {
  return {
    send(text: string, kind?: 'secret'): void {
      if (kind === 'secret') {
        record.sentSecret(text);
      } else {
        record.sent(text);
      }
      stream.send(text, kind);
    },
    async receive(signal: AbortSignal): Promise<Buffer | undefined> {
      const chunk = await stream.receive(signal);
      record.heard(chunk?.toString('utf8') ?? '');
      return chunk;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await stream[Symbol.asyncDispose]();
    },
  };
}
