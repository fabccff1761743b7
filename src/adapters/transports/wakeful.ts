import type {
  CountStandstills,
  DeviceStream,
  ExecOptions,
  ExecResult,
  StreamKind,
  Transport,
} from '../../ports/transport.ts';

/**
 * A transport over which nothing is said on the ground of what was heard before this process stood still: a command whose
 * operation was given up meanwhile is not sent, and a stream from before has ended.
 */
export function wakefulTransport(transport: Transport, standstills: CountStandstills): Transport {
  return {
    isTerminalOnly: transport.isTerminalOnly === true,
    async exec(command: string, options: ExecOptions): Promise<ExecResult> {
      standstills();
      options.signal.throwIfAborted();
      return await transport.exec(command, options);
    },
    async openStream(kind: StreamKind, signal: AbortSignal): Promise<DeviceStream> {
      const before = standstills();
      signal.throwIfAborted();
      const stream = await transport.openStream(kind, signal);
      return wakefulStream(stream, () => standstills() !== before);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
    },
  };
}

function wakefulStream(stream: DeviceStream, isStale: () => boolean): DeviceStream {
  return {
    send(text: string, kind?: 'secret'): void {
      if (!isStale()) {
        stream.send(text, kind);
      }
    },
    receive(signal: AbortSignal): Promise<Buffer | undefined> {
      return stream.receive(signal);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await stream[Symbol.asyncDispose]();
    },
  };
}
