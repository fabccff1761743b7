import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { type BrakeView, brakeListSchema } from '../../../src/api/brakes/schema.ts';
import { incidentListSchema } from '../../../src/api/incidents/schema.ts';
import { type SiteView, siteViewSchema } from '../../../src/api/sites/schema.ts';
import { type StatusView, statusSchema } from '../../../src/api/status/schema.ts';
import type { BrakeName } from '../../../src/core/brake.ts';
import type { PhaseName } from '../../../src/core/phase.ts';
import { type CommandResult, run } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { type CrashPlan, wakeSignal } from './crash-plan.ts';
import { type LabDriver, logins } from './driver.ts';
import { type Lab, type LabSite, labAddresses } from './lab.ts';

const program = new URL('../../../bin/detour.js', import.meta.url).pathname;
const crashingProgram = new URL('./crashing-detour.ts', import.meta.url).pathname;
const adminPort = 8600;

/** A line of the controller's log. */
export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** How a router is spoken to. */
export interface RouterWay {
  readonly driver: LabDriver;
  readonly user: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface DetourPlan {
  readonly sites: readonly LabSite[];
  /** `address:port` that answers whenever the controller's uplink works. */
  readonly references?: readonly string[];
  /** A store that others share; a file of its own unless said. */
  readonly store?: string;
  /** Laid over the guards of the lab, which has no patience. */
  readonly guards?: Readonly<Record<string, unknown>>;
  /** The driver of the notice switch; FRR unless said. */
  readonly driver?: LabDriver;
  /** What the entry of the router says instead of a login on the switch. */
  readonly router?: object;
  readonly estate?: readonly string[];
  /** Pace of the probes of a serving site, with the product's own pace for the rest; each second in every phase unless said. */
  readonly interval?: string;
  /** One router for each of these ways into the one switch, in place of `driver` and `routers`; sites are spread over them. */
  readonly ways?: readonly RouterWay[];
  /** As many entries for the one switch as an estate has routers; sites are spread over them. One unless said. */
  readonly routers?: number;
  /** The controller may take this long to be ready; 30 s unless said. */
  readonly readyWithinMs?: number;
}

/** Detour as it is installed in earnest: a controller and a notice process on two machines, which share the hand-over folder. */
export class LabDetour implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #folder: string;
  readonly #token = randomBytes(24).toString('hex');
  #controller: Daemon | undefined;
  #notice: Daemon | undefined;
  #log: LogLine[] = [];

  private constructor(lab: Lab) {
    this.#lab = lab;
    this.#folder = `${lab.folder}/detour`;
  }

  /** Writes the configuration, starts both processes and resolves when the controller is ready to act for every site. */
  static async start(lab: Lab, plan: DetourPlan): Promise<LabDetour> {
    const detour = lab.use(new LabDetour(lab));
    await detour.#configure(plan);
    await lab.acceptAtNotice([...new Set(plan.sites.map(({ address }) => address))]);
    detour.startNotice();
    await detour.startController(plan.readyWithinMs);
    return detour;
  }

  startNotice(): void {
    this.#notice = this.#launch('notice', 'notice');
  }

  /** Resolves when it is ready. */
  async startController(timeoutMs = 30_000, plan?: CrashPlan): Promise<void> {
    this.launchController(plan);
    await until(
      'the controller to be ready',
      async () => {
        if (this.#controller?.hasEnded !== false) {
          throw new Error(`The controller ended: ${this.controllerOutput}`);
        }
        const { status } = await this.#ask('GET', '/-/ready');
        return status === 200;
      },
      { timeoutMs, everyMs: 50 },
    );
  }

  /** From now on a controller that was started with a plan looks for the step at which it dies. */
  wakeCrashPlan(): void {
    this.#controller?.signal(wakeSignal);
  }

  /** Starts it and does not wait; with a plan it kills itself at that step, once it is woken. */
  launchController(plan?: CrashPlan): void {
    this.#log = [];
    const onErrorLine = (text: string): void => void this.#log.push({ at: Date.now(), text });
    this.#controller = this.#launch(
      'controller',
      'controller',
      onErrorLine,
      plan === undefined ? [program] : [crashingProgram, JSON.stringify(plan)],
    );
  }

  /** Where its configuration lies, as `detour.yaml`. */
  get folder(): string {
    return this.#folder;
  }

  get hasControllerEnded(): boolean {
    return this.#controller?.hasEnded !== false;
  }

  async killController(): Promise<void> {
    await this.#controller?.kill();
  }

  async stopController(): Promise<void> {
    await this.#controller?.stop(15_000);
  }

  async killNotice(): Promise<void> {
    await this.#notice?.kill();
  }

  get controllerOutput(): string {
    return this.#controller?.output ?? '';
  }

  /** The controller's process, for its processor time and memory. */
  get controllerPid(): number {
    return this.#controller?.pid ?? -1;
  }

  get noticeOutput(): string {
    return this.#notice?.output ?? '';
  }

  /** Kills the controller the moment its log tells of this decision about the site. */
  async killControllerAt(site: LabSite, reason: string, timeoutMs = 30_000): Promise<void> {
    await this.untilDecided(site, reason, timeoutMs);
    await this.killController();
  }

  /** Waits until the controller's log tells of this decision about the site. */
  async untilDecided(site: LabSite, reason: string, timeoutMs = 30_000): Promise<void> {
    const seen = (): boolean => this.hasDecided(site, reason);
    await until(`${reason} for ${site.name}`, seen, { timeoutMs, everyMs: 1 });
  }

  /** Waits for a decision about the site after that time, and gives back when the log told of it. */
  async decidedAt(
    site: LabSite,
    reason: string,
    { since, timeoutMs = 60_000 }: { readonly since: number; readonly timeoutMs?: number },
  ): Promise<number> {
    const look = (): LogLine | undefined =>
      this.#log.find((line) => line.at >= since && isAbout(line, site, reason));
    const told = await until(`${reason} for ${site.name}`, look, { timeoutMs, everyMs: 5 });
    return told.at;
  }

  async untilStage(site: LabSite, stage: string, timeoutMs = 30_000): Promise<void> {
    const look = async (): Promise<boolean> => (await this.site(site)).stage === stage;
    await until(`${site.name} to be ${stage}`, look, { timeoutMs, everyMs: 5 });
  }

  /** True when the log of this controller tells of that decision about the site. */
  hasDecided(site: LabSite, reason: string): boolean {
    return this.#log.some((line) => isAbout(line, site, reason));
  }

  async site({ name }: LabSite): Promise<SiteView> {
    return this.#get(`/api/v1/sites/${name}`, siteViewSchema);
  }

  /** How many incidents stand open. */
  async openIncidents(): Promise<number> {
    const { incidents } = await this.#get('/api/v1/incidents', incidentListSchema);
    return incidents.filter(({ closedAt }) => closedAt === null).length;
  }

  async status(): Promise<StatusView> {
    return this.#get('/api/v1/status', statusSchema);
  }

  async brake(name: BrakeName): Promise<BrakeView> {
    const { brakes } = await this.#get('/api/v1/brakes', brakeListSchema);
    const brake = brakes.find((view) => view.brake === name);
    if (brake === undefined) {
      throw new Error(`There is no brake ${name}`);
    }
    return brake;
  }

  async untilBrake(name: BrakeName, isActive: boolean, timeoutMs = 30_000): Promise<BrakeView> {
    const look = async (): Promise<BrakeView | undefined> => {
      const brake = await this.brake(name);
      return brake.isActive === isActive ? brake : undefined;
    };
    return until(`the brake ${name} to be ${isActive ? 'active' : 'off'}`, look, {
      timeoutMs,
      everyMs: 50,
    });
  }

  async metrics(): Promise<string> {
    return (await this.#ask('GET', '/metrics')).body;
  }

  async post(path: string, body: object): Promise<number> {
    return (await this.#ask('POST', path, body)).status;
  }

  async put(path: string, body: object): Promise<number> {
    return (await this.#ask('PUT', path, body)).status;
  }

  /** Runs one command of the command line on the controller's machine, with the operator's token. */
  cli(...words: readonly string[]): Promise<CommandResult> {
    const access = ['--url', `http://127.0.0.1:${adminPort}`];
    return run(
      this.#lab.at('controller', [
        ...['env', `DETOUR_TOKEN_FILE=${this.#folder}/token`, 'LANG=C.UTF-8'],
        ...[process.execPath, program, ...words, ...access],
      ]),
    );
  }

  async untilPhase(site: LabSite, phase: PhaseName, timeoutMs = 30_000): Promise<SiteView> {
    let last: SiteView | undefined;
    const look = async (): Promise<SiteView | undefined> => {
      last = await this.site(site);
      return last.phase === phase ? last : undefined;
    };
    return until(`${site.name} to be ${phase}`, look, { timeoutMs, everyMs: 50 }).catch(
      (error: unknown) => {
        throw new Error(
          `${site.name} is ${last?.phase} (${last?.stage}), reason ${last?.reason}, held back: ${last?.heldBack?.detail}\n${this.controllerOutput.slice(-6_000)}`,
          { cause: error },
        );
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.killController(), this.killNotice()]);
  }

  #launch(
    command: 'controller' | 'notice',
    place: 'controller' | 'notice',
    onErrorLine?: (text: string) => void,
    start: readonly string[] = [program],
  ): Daemon {
    return new Daemon(
      `detour ${command}`,
      this.#lab.at(place, [
        ...[process.execPath, ...start, command],
        ...[`--config.file=${this.#folder}/detour.yaml`, '--log.format=json'],
      ]),
      onErrorLine === undefined ? {} : { onErrorLine },
    );
  }

  async #configure(plan: DetourPlan): Promise<void> {
    const { sites, references = [], guards = {} } = plan;
    const pace = plan.interval === undefined ? everySecond : { interval: plan.interval };
    const { driver = 'frr' } = plan;
    const way = { driver, ...logins[driver] };
    const ways = plan.ways ?? Array.from({ length: plan.routers ?? 1 }, () => way);
    const routers = ways.map((_, index) => routerName(index));
    await mkdir(this.#folder, { recursive: true });
    const file = (name: string): string => `${this.#folder}/${name}`;
    const sha256 = createHash('sha256').update(this.#token).digest('hex');
    await writeFile(file('token'), `${this.#token}\n`, { mode: 0o600 });
    await writeFile(
      file('tokens.yaml'),
      stringify({ tokens: [{ name: 'night-duty', role: 'admin', sha256 }] }),
      { mode: 0o600 },
    );
    await writeFile(file('lab-rules.yaml'), stringify({ rules: [siteDown] }));
    await writeFile(
      file('detour.yaml'),
      stringify({
        store: plan.store ?? `sqlite:${file('data/detour.db')}`,
        dataFolder: file('data'),
        admin: { listen: `127.0.0.1:${adminPort}`, tokensFile: file('tokens.yaml') },
        notice: { http: ['0.0.0.0:80'], https: ['0.0.0.0:443'], workers: 1 },
        // The visitor looks a hundred times a second: it stands for a crowd, not for one person.
        limits: { largeSources: [`${labAddresses.client}/32`, 'fd10:1::/64'] },
        routers: ways.map((one, index) => this.#router(routerName(index), one, plan)),
        rules: [file('lab-rules.yaml')],
        guards: {
          ...impatientGuards,
          ...(references.length === 0 ? {} : { isolation: { references } }),
          ...guards,
        },
        sites: sites.map((site, index) =>
          siteConfig(site, routers[index % routers.length] ?? routerName(0), pace),
        ),
      }),
    );
  }

  #router(
    name: string,
    { driver, user, options }: RouterWay,
    { estate = ['192.168.80.0/24'], router }: DetourPlan,
  ): object {
    const { hostKey, privateKeyFile } = this.#lab.ssh;
    return {
      name,
      driver,
      options,
      transport: {
        type: 'ssh',
        host: labAddresses.switch,
        user,
        privateKeyFile,
        hostKeys: [hostKey],
      },
      nextHop: { ipv4: labAddresses.notice },
      estate,
      ...router,
    };
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const { status, body } = await this.#ask('GET', path);
    if (status !== 200) {
      throw new Error(`${status} from ${path}: ${body}`);
    }
    return schema.parse(JSON.parse(body));
  }

  #ask(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly body: string }> {
    return this.#lab.operator.request({
      address: '127.0.0.1',
      port: adminPort,
      method,
      path,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

const siteDown = {
  name: 'site-down',
  when: 'probes.web.verdict == "down"',
  for: '0s',
  keepFor: '1s',
  then: 'divert',
  cause: 'server-failure',
  severity: 'critical',
};

const everySecond = { interval: '1s', suspectInterval: '1s', divertedInterval: '1s' };

/** A lab has many outages in a minute, each on purpose. */
const impatientGuards = {
  restoreAfter: '2s',
  holdDown: { initial: '0s', max: '0s' },
  rate: { count: 1_000, per: '10s' },
};

function isAbout({ text }: LogLine, { name }: LabSite, reason: string): boolean {
  return text.includes(`"reason":"${reason}"`) && text.includes(`"${name}"`);
}

function routerName(index: number): string {
  return index === 0 ? 'notice-switch' : `notice-switch-${index + 1}`;
}

function siteConfig(site: LabSite, router: string, pace: object): object {
  const patience = { ...pace, timeout: '800ms', fall: 3, rise: 2 };
  const secure = { name: 'secure', type: 'https', url: `https://${site.hostname}/`, ...patience };
  return {
    name: site.name,
    title: { ko: `홈페이지 ${site.name}`, en: `Home ${site.name}` },
    hostnames: [site.hostname],
    addresses: [site.address],
    routers: [router],
    mode: 'auto',
    ...(site.onDeath === undefined ? {} : { onDeath: site.onDeath }),
    origin: {
      address: site.originAddress,
      ...(site.isPassedThrough === true ? { passThrough: {} } : {}),
    },
    probes: [
      { name: 'web', type: 'http', url: `http://${site.hostname}/`, ...patience },
      ...(site.isOverHttps === true ? [secure] : []),
    ],
  };
}
