import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';

/** One command as it arrived at the device, with all of its input. */
export interface Arrived {
  readonly command: string;
  readonly stdin: string;
}

export interface RecordingPlan {
  readonly folder: string;
  readonly name: string;
  /** What really runs a command: the command is its last word. */
  readonly shell: readonly string[];
}

/** Stands between sshd and the shell of a login: keeps what arrives at the device, and does there what a fault says. */
export class RecordingLogin {
  /** The file that sshd starts. */
  readonly file: string;
  readonly #folder: string;

  private constructor(file: string, folder: string) {
    this.file = file;
    this.#folder = folder;
  }

  static async open({ folder, name, shell }: RecordingPlan): Promise<RecordingLogin> {
    const file = `${folder}/${name}-login`;
    const arrived = `${folder}/${name}-arrived`;
    await mkdir(arrived, { mode: 0o777 });
    // Whoever logs in writes there, and mkdir heeds the umask.
    await chmod(arrived, 0o777);
    await writeFile(file, script(arrived, shell), { mode: 0o755 });
    return new RecordingLogin(file, arrived);
  }

  /** In the order of their arrival. */
  async arrived(): Promise<readonly Arrived[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.command'));
    return await Promise.all(
      names.toSorted().map(async (name) => {
        const stem = `${this.#folder}/${name.slice(0, -'.command'.length)}`;
        const stdin = await readFile(`${stem}.stdin`, 'utf8').catch(() => '');
        return { command: await readFile(`${stem}.command`, 'utf8'), stdin };
      }),
    );
  }

  async forget(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder);
    await chmod(this.#folder, 0o777);
  }

  /**
   * From now on each command meets these lines of shell before it runs: `$command` is what it says, `$stdin` the file with
   * its input, `run` runs it, and `cut` ends the connection. Nothing for a device that is well again.
   */
  async setFault(lines?: string): Promise<void> {
    const file = `${this.#folder}.fault`;
    await (lines === undefined ? rm(file, { force: true }) : writeFile(file, `${lines}\n`));
  }

  /** How many commands ran to their end. */
  async ended(): Promise<number> {
    return (await readdir(this.#folder)).filter((name) => name.endsWith('.ended')).length;
  }
}

const script = (folder: string, shell: readonly string[]): string => `#!/bin/bash
# sshd calls it as every login shell: -c COMMAND
command=$2
stem=${folder}/$(date +%s%N)
stdin=$stem.stdin
run() { ${shell.join(' ')} "$command" <"$stdin"; code=$?; : >"$stem.ended"; return $code; }
cut() { kill -9 $PPID; sleep 60; }
cat >"$stdin"
fault=
if [ -e ${folder}.fault ]; then fault=$(cat ${folder}.fault); fi
# Told of only now: whoever sees it may be sure that the fault of this moment is the one that it meets.
printf %s "$command" >"$stem.new"
mv "$stem.new" "$stem.command"
eval "$fault"
run
`;
