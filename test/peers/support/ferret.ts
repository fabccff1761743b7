import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { peerBinary } from './peer-binary.ts';

/** The command line that runs another one at a place, such as a network namespace. */
type Place = (argv: readonly string[]) => readonly string[];

interface FerretPlan {
  readonly binary: string;
  readonly folder: string;
  readonly at: Place;
}

/**
 * A real MongoDB-wire server (FerretDB on SQLite) with its own data folder.
 * It knows single-document updates and unique indexes; it has no transactions, change streams or expiry by time,
 * and its find-and-modify is not atomic against another client.
 */
export class Ferret implements AsyncDisposable {
  /** Stays the same over kill and restart. */
  readonly url: string;
  readonly #binary: string;
  readonly #folder: string;
  readonly #at: Place;
  #daemon: Daemon;

  private constructor({ binary, folder, at }: FerretPlan, daemon: Daemon, url: string) {
    this.#at = at;
    this.#binary = binary;
    this.#folder = folder;
    this.#daemon = daemon;
    this.url = url;
  }

  /** Starts a server on a free loopback port with an empty data folder. */
  static async start(at: Place): Promise<Ferret> {
    const binary = await peerBinary('ferretdb');
    const folder = await mkdtemp(join(tmpdir(), 'detour-ferret-'));
    const plan = { binary, folder, at };
    const daemon = launch(plan, '127.0.0.1:0');
    return new Ferret(plan, daemon, await readyUrl(daemon));
  }

  /** Ends it with kill -9; connections break, data stays. */
  async kill(): Promise<void> {
    await this.#daemon.kill();
  }

  /** Stops every answer without closing a connection, as a hung machine would. Its threads take a moment to stop. */
  async freeze(): Promise<void> {
    const { pid } = this.#daemon;
    this.#daemon.signal('SIGSTOP');
    await until('every thread to stand still', async () => {
      const threads = await readdir(`/proc/${pid}/task`);
      const states = await Promise.all(
        threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
      );
      return states.every((state) => /\) T /.test(state));
    });
  }

  thaw(): void {
    this.#daemon.signal('SIGCONT');
  }

  /** Starts it again at the same URL with the same data. */
  async restart(): Promise<void> {
    await this.#daemon.kill();
    const { host } = new URL(this.url);
    // Another program may hold the port for a moment.
    await until(
      `a server at ${host}`,
      async () => {
        this.#daemon = launch({ binary: this.#binary, folder: this.#folder, at: this.#at }, host);
        await readyUrl(this.#daemon);
        return true;
      },
      { everyMs: 200 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function launch({ binary, folder, at }: FerretPlan, listen: string): Daemon {
  const argv = at([binary, '-listen', listen, '-folder', folder]);
  return new Daemon('MongoDB-wire server', argv);
}

async function readyUrl(daemon: Daemon): Promise<string> {
  return until('the MongoDB-wire server to listen', () => {
    const url = /ready at (\S+)/.exec(daemon.output)?.[1];
    if (url === undefined && daemon.hasEnded) {
      throw new Error(`The MongoDB-wire server ended: ${daemon.output}`);
    }
    return url;
  });
}

/** Starts a real MongoDB-wire server, here or at another place; dispose it to end it and delete its data. */
export function startFerret(at: Place = (argv): readonly string[] => argv): Promise<Ferret> {
  return Ferret.start(at);
}
