import type { Io } from '../cli/io.ts';
import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import type { SampleNetworkOptions } from '../quickstart/sample-network.ts';
import { Demo, type DemoFigures, type DemoPatience } from './demo.ts';
import { DemoTimeline } from './demo-timeline.ts';
import { startQuickStart } from './quick-start.ts';

export interface RunDemoOptions extends SampleNetworkOptions, DemoPatience {
  readonly log: Log;
  readonly listenAddress?: string;
  readonly dataFolder?: string;
}

const seconds = (ms: number): string => `${(ms / second).toFixed(2)} s`;

function summary(figures: DemoFigures): string {
  return [
    '',
    `from the failure to the notice   ${seconds(figures.failureToNoticeMs)}`,
    `from the repair to the site      ${seconds(figures.repairToSiteMs)}`,
    `from the start to the notice     ${seconds(figures.startToNoticeMs)}`,
    'Every step was seen through the data path.',
    '',
  ].join('\n');
}

/** Plays one outage and prints its timeline. Resolves with 0 only if every step was seen. */
export async function playDemo(
  { log, listenAddress, dataFolder, isSteering, stepSeconds }: RunDemoOptions,
  io: Io,
): Promise<number> {
  const timeline = new DemoTimeline(({ atMs, text }) => {
    io.stdout.write(`${seconds(atMs).padStart(9)}  ${text}\n`);
  });
  try {
    await using quickStart = await startQuickStart({
      log,
      listenAddress: listenAddress ?? '127.0.0.1:0',
      ...(dataFolder === undefined ? {} : { dataFolder }),
      ...(isSteering === undefined ? {} : { isSteering }),
    });
    timeline.note(`the quick start runs; page and API: ${quickStart.plane.adminUrl}`);
    const figures = await new Demo(quickStart, timeline, { stepSeconds }).play();
    io.stdout.write(summary(figures));
    return 0;
  } catch (error) {
    io.stderr.write(`detour: the demo failed. ${errorChain(error)}\n`);
    return 1;
  }
}
