import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { openSigningKey } from '../../../src/adapters/publishers/snapshot/signing-key.ts';
import { type SiteView, siteViewSchema } from '../../../src/api/sites/schema.ts';
import type { RouterAccess } from '../../../src/quickstart/router-ssh.ts';
import { writeSampleFiles } from '../../../src/quickstart/sample-config.ts';
import { raiseSampleNetwork, type SampleNetwork } from '../../../src/quickstart/sample-network.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';

const program = new URL('../../../bin/detour.js', import.meta.url).pathname;

/** One controller process of a pair. */
export class PairedController {
  readonly name: string;
  readonly #folder: string;
  readonly #token: string;
  #daemon: Daemon | undefined;

  constructor(name: string, folder: string, token: string) {
    this.name = name;
    this.#folder = folder;
    this.#token = token;
  }

  launch(): void {
    this.#daemon = new Daemon(this.name, [
      process.execPath,
      program,
      'controller',
      `--config.file=${this.#folder}/detour.yaml`,
    ]);
  }

  get output(): string {
    return this.#daemon?.output ?? '';
  }

  signal(signal: NodeJS.Signals): void {
    this.#daemon?.signal(signal);
  }

  async kill(): Promise<void> {
    await this.#daemon?.kill();
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
  }

  async ask(method: string, url: string, body?: object): Promise<Response> {
    const base = /API, page and metrics: (\S+)/.exec(this.output)?.[1];
    if (base === undefined) {
      throw new Error(`${this.name} does not listen yet: ${this.output.slice(-500)}`);
    }
    return await fetch(`${base}${url}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(3_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Resolves with the milliseconds that it took to be ready, which only the leader is. */
  async untilLeading(timeoutMs: number): Promise<number> {
    const from = performance.now();
    const look = async (): Promise<boolean> => (await this.ask('GET', '/-/ready')).status === 200;
    await until(`${this.name} to lead`, look, { timeoutMs, everyMs: 50 });
    return performance.now() - from;
  }

  async isStandingBy(): Promise<boolean> {
    const answer = await this.ask('GET', '/-/ready');
    return answer.status === 503 && (await answer.text()).includes('this one stands by');
  }

  async site(name: string): Promise<SiteView> {
    const answer = await this.ask('GET', `/api/v1/sites/${name}`);
    return siteViewSchema.parse(await answer.json());
  }

  async untilPhase(site: string, phase: string, timeoutMs = 30_000): Promise<void> {
    const look = async (): Promise<boolean> => (await this.site(site)).phase === phase;
    await until(`${this.name} to see ${site} ${phase}`, look, { timeoutMs, everyMs: 50 });
  }
}

/** Two controllers on one store, before one router and one notice process, on the sample network. */
export interface ControllerPair extends AsyncDisposable {
  readonly network: SampleNetwork;
  readonly one: PairedController;
  readonly two: PairedController;
}

async function configure(
  folder: string,
  network: SampleNetwork,
  shared: { readonly storeUrl: string; readonly handover: string },
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { configFile, token } = writeSampleFiles(folder, network, '127.0.0.1:0');
  const config = parse(await readFile(configFile, 'utf8'));
  config.store = shared.storeUrl;
  config.notice.handover = shared.handover;
  await writeFile(configFile, stringify(config));
  return token;
}

/** Configures the pair, starts the notice process and neither controller. The first may have a way to the router of its own. */
export async function prepareControllerPair(
  storeUrl: string,
  openFirstWay: (
    network: SampleNetwork,
    pair: () => Pick<ControllerPair, 'one'>,
  ) => Promise<RouterAccess> = async ({ router }): Promise<RouterAccess> => router,
): Promise<ControllerPair> {
  await using ends = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-pair-'));
  ends.defer(() => rm(folder, { recursive: true, force: true }));
  const network = ends.use(await raiseSampleNetwork());
  const first: RouterAccess = await openFirstWay(network, () => pair);
  if (first !== network.router) {
    ends.use(first);
  }
  const ways = { one: first, two: network.router };
  const handover = path.join(folder, 'handover');
  await mkdir(handover);
  const names = ['one', 'two'] as const;
  const [one, two] = await Promise.all(
    names.map(async (name) => {
      const own = path.join(folder, name);
      const seen = { ...network, router: ways[name] };
      return new PairedController(name, own, await configure(own, seen, { storeUrl, handover }));
    }),
  );
  if (one === undefined || two === undefined) {
    throw new Error('a pair has two controllers');
  }
  // Both sign notices with one key, so that each knows the other's for what they are.
  await openSigningKey(path.join(folder, 'one/data/keys'));
  await cp(path.join(folder, 'one/data/keys'), path.join(folder, 'two/data/keys'), {
    recursive: true,
  });
  ends.use(
    new Daemon('notice', [
      process.execPath,
      program,
      'notice',
      `--config.file=${folder}/one/detour.yaml`,
    ]),
  );
  ends.defer(() => one.kill());
  ends.defer(() => two.kill());
  const kept = ends.move();
  const pair: ControllerPair = {
    network,
    one,
    two,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
  return pair;
}
