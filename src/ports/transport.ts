export interface ExecOptions {
  /** Written to the command's input, which is then closed. */
  readonly stdin?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when the command ended by a signal or the far side gave no code. */
  readonly exitCode: number | null;
}

/** `shell`: what a person at a terminal meets. `netconf`: the subsystem of that name (RFC 6242). */
export type StreamKind = 'shell' | 'netconf';

/** Two-way bytes to one device, logged in. What is not received yet is kept, 4 MiB at most. */
export interface DeviceStream extends AsyncDisposable {
  /** Sends bytes as they are; without effect on a stream that has ended. A secret is written down nowhere. */
  send(text: string, kind?: 'secret'): void;
  /**
   * The next bytes from the device, or undefined once it has ended the stream.
   * Rejects with DETOUR_TRANSPORT_LOST when the connection broke, and with the signal's own reason when that is aborted.
   */
  receive(signal: AbortSignal): Promise<Buffer | undefined>;
}

/**
 * How often this process stood still so far (stopped, or starved for seconds), found out at the moment of asking.
 * What was heard before the last time is no ground to say anything: another controller may have acted since.
 */
export type CountStandstills = () => number;

/**
 * Reaches one device. Rejects with a DetourError when the device cannot be reached or does not answer in time.
 * A time-out does not mean that nothing happened.
 */
export interface Transport extends AsyncDisposable {
  /** True where a person's terminal is all there is: then `exec` rejects, and a driver must use a stream. */
  readonly isTerminalOnly?: boolean;
  /** Carries one command there and its whole answer back, 4 MiB at most; a non-zero exit code is a result, not a rejection. */
  exec(command: string, options: ExecOptions): Promise<ExecResult>;
  /**
   * Opens a stream on a connection of its own, which ends with the stream.
   * Rejects with DETOUR_CONFIG_INVALID when this transport has no streams of that kind.
   */
  openStream(kind: StreamKind, signal: AbortSignal): Promise<DeviceStream>;
}
