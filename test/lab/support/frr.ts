import { chown, mkdir, writeFile } from 'node:fs/promises';
import { mustRun, run } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { inside } from './namespaces.ts';

const frrDaemons = ['zebra', 'staticd', 'ospfd', 'ospf6d', 'bgpd'] as const;

export type FrrDaemon = (typeof frrDaemons)[number];

/** A line of a configuration file; a nested list holds the lines of its block. */
export interface FrrPlan {
  readonly namespace: string;
  /** Each daemon to run and its configuration; zebra first. */
  readonly daemons: Readonly<Partial<Record<FrrDaemon, readonly string[]>>>;
}

interface FrrIds {
  readonly user: number;
  readonly group: number;
}

async function frrIds(): Promise<FrrIds> {
  const user = Number(await mustRun(['id', '-u', 'frr']));
  const vty = await mustRun(['getent', 'group', 'frrvty']);
  return { user, group: Number(vty.split(':')[2]) };
}

/** One router: FRR's daemons in one namespace, apart from all others by FRR's own pathspaces. */
export class Frr implements AsyncDisposable {
  readonly namespace: string;
  readonly #daemons = new Map<FrrDaemon, Daemon>();

  private constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** Starts the daemons and resolves when each of them answers on its terminal. */
  static async start(plan: FrrPlan): Promise<Frr> {
    const frr = new Frr(plan.namespace);
    const { user, group } = await frrIds();
    for (const folder of [frr.#configFolder, frr.#runFolder]) {
      await mkdir(folder, { recursive: true, mode: 0o775 });
      await chown(folder, user, group);
    }
    await frr.#writeConfig('vtysh', ['no service integrated-vtysh-config']);
    for (const [name, lines] of Object.entries(plan.daemons)) {
      await frr.#writeConfig(name, [`hostname ${plan.namespace.split('-').at(-1)}`, ...lines]);
    }
    await frr.startDaemon('zebra');
    // All others need zebra, and not each other.
    const others = frrDaemons.filter(
      (name) => name !== 'zebra' && plan.daemons[name] !== undefined,
    );
    await Promise.all(others.map((name) => frr.startDaemon(name)));
    return frr;
  }

  /** Starts one daemon from its saved configuration, as a watchdog would after it died. */
  async startDaemon(name: FrrDaemon): Promise<void> {
    const daemon = new Daemon(
      `${name} of ${this.namespace}`,
      inside(this.namespace, [
        `/usr/lib/frr/${name}`,
        ...['-N', this.namespace, '-f', `${this.#configFolder}/${name}.conf`],
        ...['--log', 'stdout', '--log-level', 'warnings'],
      ]),
    );
    this.#daemons.set(name, daemon);
    await until(`${name} of ${this.namespace} to answer; it said: ${daemon.output}`, async () => {
      const { exitCode, stdout } = await this.tryShow('show version', name);
      return exitCode === 0 && stdout.includes('FRRouting');
    });
  }

  async killDaemon(name: FrrDaemon): Promise<void> {
    await this.#daemons.get(name)?.kill();
  }

  signalDaemon(name: FrrDaemon, signal: NodeJS.Signals): void {
    this.#daemons.get(name)?.signal(signal);
  }

  /** Runs one show command as the router's own administrator. */
  async show(command: string): Promise<string> {
    return mustRun(this.#vtysh(['-c', command]));
  }

  async tryShow(
    command: string,
    daemon?: FrrDaemon,
  ): Promise<{ readonly exitCode: number | null; readonly stdout: string }> {
    return run(this.#vtysh([...(daemon === undefined ? [] : ['-d', daemon]), '-c', command]));
  }

  /** Types configuration lines as the router's own administrator, and not as Detour. */
  async configure(...lines: readonly string[]): Promise<void> {
    await mustRun(
      this.#vtysh(['configure terminal', ...lines, 'end'].flatMap((line) => ['-c', line])),
    );
  }

  /** The static routes in the running configuration, word for word. */
  async staticLines(): Promise<readonly string[]> {
    const text = await this.show('show running-config staticd');
    return text.split('\n').filter((line) => /^ip(v6)? route /.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#daemons.values()].map((daemon) => daemon.kill()));
  }

  get #configFolder(): string {
    return `/etc/frr/${this.namespace}`;
  }

  get #runFolder(): string {
    return `/var/run/frr/${this.namespace}`;
  }

  #vtysh(words: readonly string[]): readonly string[] {
    return inside(this.namespace, ['vtysh', '-N', this.namespace, ...words]);
  }

  async #writeConfig(name: string, lines: readonly string[]): Promise<void> {
    const { user, group } = await frrIds();
    const path = `${this.#configFolder}/${name}.conf`;
    await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o660 });
    await chown(path, user, group);
  }
}
