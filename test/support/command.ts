import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
}

export interface CommandOptions {
  readonly stdin?: string;
  /** The command is killed after this long; 20 s unless said. */
  readonly timeoutMs?: number;
}

/** Runs one command to its end and gives back all that it said; rejects only when it cannot be started or takes too long. */
export function run(
  argv: readonly string[],
  { stdin = '', timeoutMs = 20_000 }: CommandOptions = {},
): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const child = spawn(file, args);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    reject(new Error(`Took longer than ${timeoutMs} ms: ${argv.join(' ')}`));
  }, timeoutMs);
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.on('error', (error) => {
    clearTimeout(timer);
    reject(new Error(`Could not run ${argv.join(' ')}`, { cause: error }));
  });
  child.on('close', (exitCode) => {
    clearTimeout(timer);
    resolve({
      stdout: Buffer.concat(stdout).toString(),
      stderr: Buffer.concat(stderr).toString(),
      exitCode,
    });
  });
  // A command that ends without reading its input is no failure of ours.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  return promise;
}

/** Runs one command that must succeed and gives back its standard output. */
export async function mustRun(argv: readonly string[], options?: CommandOptions): Promise<string> {
  const { stdout, stderr, exitCode } = await run(argv, options);
  if (exitCode !== 0) {
    throw new Error(`Exit code ${exitCode} from ${argv.join(' ')}: ${stderr}${stdout}`);
  }
  return stdout;
}
