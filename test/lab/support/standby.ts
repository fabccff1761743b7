import { cp, readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import type { LabDetour } from './detour.ts';
import type { Lab } from './lab.ts';

const program = new URL('../../../bin/detour.js', import.meta.url).pathname;
const adminPort = 8_601;

/** A second controller on the machine of the first, on the same store and before the same notice process, with a journal of its own. */
export class StandbyController implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #daemon: Daemon;

  private constructor(lab: Lab, daemon: Daemon) {
    this.#lab = lab;
    this.#daemon = daemon;
  }

  /** Resolves when it stands by beside the first, which has been started. */
  static async start(lab: Lab, { folder }: LabDetour): Promise<StandbyController> {
    const config = parse(await readFile(`${folder}/detour.yaml`, 'utf8'));
    config.notice.handover = `${config.dataFolder}/handover`;
    // Both sign notices with one key, so that each knows the other's for what they are.
    await cp(`${config.dataFolder}/keys`, `${folder}/standby/keys`, { recursive: true });
    config.dataFolder = `${folder}/standby`;
    config.admin.listen = `127.0.0.1:${adminPort}`;
    await writeFile(`${folder}/standby.yaml`, stringify(config));
    const daemon = new Daemon(
      'standby',
      lab.at('controller', [
        ...[process.execPath, program, 'controller'],
        ...[`--config.file=${folder}/standby.yaml`, '--log.format=json'],
      ]),
    );
    const standby = lab.use(new StandbyController(lab, daemon));
    await standby.#untilReady(
      'the second controller to stand by',
      (status, text) => status === 503 && text.includes('this one stands by'),
    );
    return standby;
  }

  async untilLeading(timeoutMs: number): Promise<void> {
    await this.#untilReady('the second controller to lead', (status) => status === 200, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.kill();
  }

  async #untilReady(
    what: string,
    isSo: (status: number, text: string) => boolean,
    timeoutMs = 40_000,
  ): Promise<void> {
    const look = async (): Promise<boolean> => {
      if (this.#daemon.hasEnded) {
        throw new Error(`The standby ended: ${this.#daemon.output}`);
      }
      const { status, body } = await this.#lab.operator.request({
        address: '127.0.0.1',
        port: adminPort,
        path: '/-/ready',
      });
      return isSo(status, body);
    };
    await until(what, look, { timeoutMs, everyMs: 100 });
  }
}
