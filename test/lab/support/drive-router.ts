/**
 * Carries out one act on a router with Detour's own driver, from wherever it is run:
 * `drive-router.ts JSON`, with the act as in `DriveAct`; the answer is one JSON line.
 */
import { z } from 'zod';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import { errorChain, errorCode } from '../../../src/lib/errors.ts';
import { type DriveAnswer, driveActSchema } from './drive-messages.ts';

const act = driveActSchema.parse(JSON.parse(z.string().parse(process.argv[2])));
await using driver = openRouteDriver(act.driver, {
  router: 'notice-switch',
  transport: openTransport(act.transport),
  options: act.options,
});
const signal = AbortSignal.timeout(act.timeoutMs);

async function answer(): Promise<DriveAnswer> {
  try {
    if (act.plan !== undefined) {
      await driver.apply({ ...act.plan, unchanged: [] }, signal);
    }
    return { reading: await driver.read(signal) };
  } catch (error) {
    return { error: { code: errorCode(error) ?? 'none', words: errorChain(error) } };
  }
}

process.stdout.write(`${JSON.stringify(await answer())}\n`);
