import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  applyCommand,
  cancelCommand,
  confirmCommand,
  leaseMeans,
  readingCommand,
  trialCommand,
} from '../../../src/adapters/routers/bird/commands.ts';
import { birdOptionsSchema } from '../../../src/adapters/routers/bird/schema.ts';
import { leaseMeans as nftablesLeases } from '../../../src/adapters/routers/nftables/commands.ts';
import { nftablesOptionsSchema } from '../../../src/adapters/routers/nftables/schema.ts';
import { leaseQuestionCommand } from '../../../src/adapters/routers/shell-lease.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import { run } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { inside } from './namespaces.ts';
import type { Arrived } from './recording-login.ts';
import type { SmallRouter } from './small-router.ts';

/** A real device on a machine of its own, asked and treated without the driver. */
export interface FaultDevice extends AsyncDisposable {
  readonly options: Readonly<Record<string, unknown>>;
  /** True for the command that carries a change; and the same as a condition of the shell. */
  isChange(arrived: Arrived): boolean;
  readonly change: string;
  /** What its account may run by sudo. */
  readonly mayRun?: readonly string[];
  /** True for what the driver needs of its account. */
  isAllowed(arrived: Arrived): boolean;
  /** Our routes in effect. */
  truth(): Promise<readonly Route[]>;
  /** True while a change waits to be confirmed; and what happens when its time is over. */
  isChangePending(): Promise<boolean>;
  goBack(): Promise<void>;
  /** Somebody else's change waits to be confirmed. */
  lock(): Promise<void>;
  /** Where a device checks a change as a whole: makes it refuse every divert, or none. */
  readonly spoil?: (isSpoiled: boolean) => Promise<void>;
  deleteByHand(route: Route): Promise<void>;
  restart(): Promise<void>;
  /** Where others can have routes beside ours: makes one, or takes it away. */
  readonly setForeign?: (route: Route, isThere: boolean) => Promise<void>;
}

const kernelSchema = z.array(z.object({ dst: z.string(), gateway: z.string() }));

async function kernelRoutes(machine: SmallRouter, protocol: string): Promise<readonly Route[]> {
  const text = await machine.run(['ip', '-j', '-4', 'route', 'show', 'proto', protocol]);
  return kernelSchema
    .parse(JSON.parse(text || '[]'))
    .map(({ dst, gateway }) => ({ prefix: `${dst}/32`, nextHop: gateway }));
}

/** BIRD 2 with our include file and one of somebody else. */
export class BirdDevice implements FaultDevice {
  readonly options: { readonly includeFile: string; readonly socket: string };
  readonly change = '[[ $command == *"configure timeout"* ]]';
  readonly #machine: SmallRouter;
  readonly #others: string;
  #daemon: Daemon | undefined;

  private constructor(machine: SmallRouter) {
    this.#machine = machine;
    this.#others = `${machine.folder}/others.conf`;
    this.options = {
      includeFile: `${machine.folder}/bird/routes.conf`,
      socket: `${machine.folder}/bird.ctl`,
    };
  }

  /** `userId` is the account's: the folder of the include file is its own. */
  static async open(machine: SmallRouter, userId: number): Promise<BirdDevice> {
    const bird = new BirdDevice(machine);
    const { includeFile } = bird.options;
    await mkdir(`${machine.folder}/bird`);
    await writeFile(includeFile, '');
    await writeFile(bird.#others, '');
    await chown(`${machine.folder}/bird`, userId, 0);
    await chown(includeFile, userId, 0);
    const lines = [
      'log stderr all;',
      'router id 10.10.4.1;',
      'protocol device { scan time 1; }',
      'protocol kernel k4 { ipv4 { export all; }; }',
      'protocol kernel k6 { ipv6 { export all; }; }',
      `include "${includeFile}";`,
      `include "${bird.#others}";`,
    ];
    await writeFile(`${machine.folder}/bird.conf`, `${lines.join('\n')}\n`);
    await bird.#start();
    return bird;
  }

  isChange({ command }: Arrived): boolean {
    return command.includes('configure timeout');
  }

  isAllowed({ command }: Arrived): boolean {
    const options = birdOptionsSchema.parse(this.options);
    const plain = (text: string): string =>
      text
        .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
        .replaceAll(/(\+|timeout) \d+\b/g, '$1 N');
    const known = [
      readingCommand(options),
      leaseQuestionCommand(leaseMeans(options)),
      applyCommand(options),
      trialCommand(options, 'ID', 1_000),
      confirmCommand(options, 'ID'),
      cancelCommand(options, 'ID'),
    ];
    return known.map(plain).includes(plain(command));
  }

  async truth(): Promise<readonly Route[]> {
    const { stdout } = await run(
      inside(this.#machine.namespace, [
        ...['birdc', '-s', this.options.socket, '-r', 'show', 'static', 'detour4'],
      ]),
    );
    return [...stdout.matchAll(/^(\S+\/32)\s+via (\S+)/gm)].map(
      ([, prefix = '', nextHop = '']) => ({
        prefix,
        nextHop,
      }),
    );
  }

  async isChangePending(): Promise<boolean> {
    const text = await this.#machine.run(['sh', '-c', `cat ${this.#trial} 2>/dev/null || true`]);
    return Number(/^# until (\d+)/.exec(text)?.[1] ?? 0) > Date.now() / 1_000;
  }

  async goBack(): Promise<void> {
    await this.#birdc('configure');
    await rm(this.#trial, { force: true });
  }

  async lock(): Promise<void> {
    await writeFile(this.#trial, `# until ${Math.ceil(Date.now() / 1_000) + 60} theirs\n`);
  }

  readonly spoil = async (isSpoiled: boolean): Promise<void> => {
    await writeFile(this.#others, isSpoiled ? 'no such word\n' : '');
  };

  async deleteByHand(): Promise<void> {
    await writeFile(this.options.includeFile, '');
    await this.#birdc('configure');
  }

  async restart(): Promise<void> {
    await this.#daemon?.kill();
    await this.#start();
  }

  readonly setForeign = async ({ prefix, nextHop }: Route, isThere: boolean): Promise<void> => {
    const text = `protocol static others4 { ipv4; route ${prefix} via ${nextHop}; }\n`;
    await writeFile(this.#others, isThere ? text : '');
    await this.#birdc('configure');
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.kill();
  }

  get #trial(): string {
    return `${this.options.includeFile}.trial`;
  }

  async #birdc(...words: readonly string[]): Promise<void> {
    await this.#machine.run(['birdc', '-s', this.options.socket, ...words]);
  }

  async #start(): Promise<void> {
    const { socket } = this.options;
    const config = `${this.#machine.folder}/bird.conf`;
    await rm(socket, { force: true });
    this.#daemon = new Daemon(
      'bird',
      inside(this.#machine.namespace, ['bird', '-f', '-c', config, '-s', socket]),
    );
    await until('bird to answer', () =>
      this.#birdc('show', 'status').then(
        () => true,
        () => false,
      ),
    );
    await chmod(socket, 0o666);
  }
}

/** The kernel's own nftables. */
export class NftablesDevice implements FaultDevice {
  readonly options = { sudo: true };
  readonly change = '[[ $command == *"nft -f -"* ]]';
  readonly mayRun = ['/usr/sbin/nft'];
  readonly #machine: SmallRouter;

  constructor(machine: SmallRouter) {
    this.#machine = machine;
  }

  isChange({ command }: Arrived): boolean {
    return command.endsWith('nft -f -');
  }

  isAllowed({ command, stdin }: Arrived): boolean {
    const isReading =
      command === 'sudo -n nft -j list table inet detour' ||
      command === leaseQuestionCommand(nftablesLeases(nftablesOptionsSchema.parse(this.options))) ||
      /^(ip route get [0-9a-f.:]+ >\/dev\/null 2>&1 && echo [0-9a-f.:]+; )+true$/.test(command);
    return isReading || (command === 'sudo -n nft -f -' && this.#isOurs(stdin));
  }

  async truth(): Promise<readonly Route[]> {
    const [kept, trial, withheld] = await Promise.all(
      ['kept4', 'trial4', 'withheld4'].map((name) => this.#elements(name)),
    );
    const hidden = new Set([...(withheld ?? []), ...(trial ?? [])].map(({ prefix }) => prefix));
    return [...(trial ?? []), ...(kept ?? []).filter(({ prefix }) => !hidden.has(prefix))];
  }

  async isChangePending(): Promise<boolean> {
    const [trial = [], withheld = []] = await Promise.all(
      ['trial4', 'withheld4'].map((name) => this.#elements(name)),
    );
    return trial.length + withheld.length > 0;
  }

  async goBack(): Promise<void> {
    await this.#nft('flush map inet detour trial4\nflush set inet detour withheld4\n');
  }

  async lock(): Promise<void> {
    await this.#nft(
      'add table inet detour\n' +
        'add set inet detour withheld4 { type ipv4_addr; flags timeout; }\n' +
        'add element inet detour withheld4 { 203.0.113.77 timeout 60s }\n',
    );
  }

  async deleteByHand({ prefix }: Route): Promise<void> {
    await this.#nft(`delete element inet detour kept4 { ${prefix.replace('/32', '')} }\n`);
  }

  /** Nothing of it is saved. */
  async restart(): Promise<void> {
    await this.#nft('flush ruleset\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It ends with its machine.
  }

  #isOurs(stdin: string): boolean {
    const line = /^(add|delete|flush) (table|map|set|chain|rule|element) inet detour\b/;
    return stdin
      .trim()
      .split('\n')
      .every((one) => line.test(one));
  }

  async #elements(name: string): Promise<readonly Route[]> {
    const kind = name.startsWith('withheld') ? 'set' : 'map';
    const { stdout } = await run(
      inside(this.#machine.namespace, ['nft', 'list', kind, 'inet', 'detour', name]),
    );
    const text = /elements = \{([^}]*)\}/.exec(stdout)?.[1] ?? '';
    return text
      .split(',')
      .map((part) => part.trim().split(' : '))
      .filter(([key = '']) => key !== '')
      .map(([key = '', nextHop = '']) => ({ prefix: `${key.split(' ')[0]}/32`, nextHop }));
  }

  async #nft(text: string): Promise<void> {
    await this.#machine.run(['nft', '-f', '-'], text);
  }
}

const example = fileURLToPath(new URL('../../../examples/script-driver/ip-route', import.meta.url));

/** The kernel's routing table, driven by the example of the script driver. */
export class ScriptDevice implements FaultDevice {
  readonly options: { readonly command: readonly string[]; readonly undo: true };
  readonly change = '[[ $command == *" try" ]]';
  readonly mayRun = ['/usr/bin/env'];
  readonly #machine: SmallRouter;
  readonly #pending: string;

  constructor(machine: SmallRouter) {
    this.#machine = machine;
    this.#pending = `${machine.folder}/run/pending.json`;
    this.options = { command: ['/usr/bin/sudo', '-n', ...this.#argv], undo: true };
  }

  isChange({ command }: Arrived): boolean {
    return command.endsWith(' try');
  }

  isAllowed({ command, stdin }: Arrived): boolean {
    const [, verb = ''] = /^(?:.*) (read|apply|try|confirm|cancel)$/s.exec(command) ?? [];
    return (
      command === [...this.options.command, verb].join(' ') &&
      stdin.startsWith(`{"version":1,"router":"edge-1","verb":"${verb}"`)
    );
  }

  truth(): Promise<readonly Route[]> {
    return kernelRoutes(this.#machine, '202');
  }

  async isChangePending(): Promise<boolean> {
    return (await this.#pendingText()) !== '';
  }

  async goBack(): Promise<void> {
    const request: unknown = JSON.parse(await this.#pendingText());
    const text = JSON.stringify({ ...z.object({}).loose().parse(request), verb: 'cancel' });
    await this.#machine.run([...this.#argv, 'cancel'], text);
  }

  async lock(): Promise<void> {
    await mkdir(`${this.#machine.folder}/run`, { recursive: true });
    const request = { version: 1, change: 'theirs', add: [], remove: [] };
    await writeFile(this.#pending, JSON.stringify(request));
  }

  /** The next hop's network is taken away, so that the kernel refuses every route to it. */
  readonly spoil = async (isSpoiled: boolean): Promise<void> => {
    const verb = isSpoiled ? 'del' : 'add';
    await this.#machine.run(['ip', 'address', verb, '10.10.4.1/24', 'dev', 'notice']);
  };

  async deleteByHand({ prefix }: Route): Promise<void> {
    await this.#machine.run(['ip', 'route', 'del', prefix, 'proto', '202']);
  }

  /** Nothing of it is saved. */
  async restart(): Promise<void> {
    await this.#machine.run(['ip', 'route', 'flush', 'proto', '202']);
    await rm(this.#pending, { force: true });
  }

  readonly setForeign = async ({ prefix, nextHop }: Route, isThere: boolean): Promise<void> => {
    const verb = isThere ? 'add' : 'del';
    await this.#machine.run(['ip', 'route', verb, prefix, 'via', nextHop, 'proto', 'static']);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    // It ends with its machine.
  }

  get #argv(): readonly string[] {
    return [
      ...['/usr/bin/env', `IP_ROUTE_FOLDER=${this.#machine.folder}/run`],
      ...['PATH=/usr/sbin:/usr/bin:/sbin:/bin', example],
    ];
  }

  #pendingText(): Promise<string> {
    return this.#machine.run(['sh', '-c', `cat ${this.#pending} 2>/dev/null || true`]);
  }
}
