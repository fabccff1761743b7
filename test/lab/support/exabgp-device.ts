import { dialogueCommand } from '../../../src/adapters/routers/exabgp/commands.ts';
import { exabgpOptionsSchema } from '../../../src/adapters/routers/exabgp/schema.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import { type ExabgpBench, openExabgpBench } from '../../peers/support/exabgp.ts';
import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import type { FaultDevice } from './fault-device.ts';
import type { Arrived } from './recording-login.ts';

/** ExaBGP, told through its pipes by whoever logs in, and a GoBGP that is its neighbour and the witness. */
export class ExabgpDevice implements FaultDevice {
  readonly options: { readonly pipe: string; readonly witnessPort: number };
  readonly change = 'grep -qE "^(announce|withdraw) " "$stdin"';
  readonly #bench: ExabgpBench;
  #lock: Daemon | undefined;

  private constructor(bench: ExabgpBench) {
    this.#bench = bench;
    this.options = { pipe: bench.pipe, witnessPort: bench.witnessPort };
  }

  static async open(): Promise<ExabgpDevice> {
    const bench = await openExabgpBench();
    await mustRun(['chmod', '666', `${bench.pipe}.in`, `${bench.pipe}.out`]);
    return new ExabgpDevice(bench);
  }

  isChange({ stdin }: Arrived): boolean {
    return /^(announce|withdraw) /m.test(stdin);
  }

  isAllowed({ command, stdin }: Arrived): boolean {
    const line =
      /^(show neighbor summary|show adj-rib out extensive|(announce|withdraw) attributes next-hop \S+ community \[ no-export 64512:6310 \] nlri \S+\/32)$/;
    return (
      command === dialogueCommand(exabgpOptionsSchema.parse(this.options)) &&
      stdin
        .trim()
        .split('\n')
        .every((one) => line.test(one))
    );
  }

  /** As its neighbour has them. */
  async truth(): Promise<readonly Route[]> {
    const raw = await this.#bench.readRaw();
    return raw.map(({ prefix, nextHop }) => ({ prefix, nextHop }));
  }

  async isChangePending(): Promise<boolean> {
    return false;
  }

  async goBack(): Promise<void> {
    await this.#lock?.kill();
  }

  /** Somebody else talks to it. */
  async lock(): Promise<void> {
    const script = `exec 3<>"${this.options.pipe}.out"; flock 3; echo locked; exec sleep 60`;
    const daemon = new Daemon('a talk of somebody else', ['sh', '-c', script]);
    this.#lock = daemon;
    await until('the talk to begin', () => daemon.output.includes('locked'));
  }

  async deleteByHand(route: Route): Promise<void> {
    await this.#bench.removeForeign?.(route);
  }

  async restart(): Promise<void> {
    await this.#bench.killSpeaker();
    await this.#bench.startSpeaker();
  }

  readonly setForeign = async (route: Route, isThere: boolean): Promise<void> => {
    await (isThere ? this.#bench.addForeign?.(route) : this.#bench.removeForeign?.(route));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock?.kill();
    await this.#bench[Symbol.asyncDispose]();
  }
}
