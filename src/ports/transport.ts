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

/**
 * Carries single commands to one device and their whole answers back. Output is capped at 4 MiB.
 * Rejects with a DetourError when the device cannot be reached or the answer does not come in time;
 * a non-zero exit code is a result, not a rejection. A time-out does not mean that nothing happened.
 */
export interface Transport extends AsyncDisposable {
  exec(command: string, options: ExecOptions): Promise<ExecResult>;
}
