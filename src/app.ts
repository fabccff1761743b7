import { mkdirSync } from 'node:fs';
import { startControlPlane } from './app/control-plane.ts';
import { examineHost } from './app/doctor/examine-host.ts';
import { fail, needFile } from './app/ends.ts';
import { settingsFor } from './app/load-settings.ts';
import { ensureNotice } from './app/notice-child.ts';
import { planLines } from './app/plan.ts';
import { startQuickStart } from './app/quick-start.ts';
import { quickStartWords } from './app/quick-start-words.ts';
import { playDemo } from './app/run-demo.ts';
import { Vantage } from './app/vantage/vantage.ts';
import { version } from './app/version.ts';
import type { Io } from './cli/io.ts';
import type { RunOptions, VantageRunOptions } from './cli/run-options.ts';
import type { Settings } from './config/settings.ts';
import { errorChain } from './lib/errors.ts';
import { type Log, openLog } from './lib/log.ts';

function load(
  options: RunOptions,
  log: Log,
): { readonly file: string; readonly settings: Settings } {
  const file = needFile(options);
  const settings = settingsFor(file, options);
  for (const warning of settings.warnings) {
    log.warn({ warning }, 'The configuration has a weak spot');
  }
  return { file, settings };
}

/** Runs until SIGTERM or SIGINT; SIGHUP reloads. Diversions stay as they are. */
async function untilStopped(onHup: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.on('SIGTERM', () => resolve());
  process.on('SIGINT', () => resolve());
  process.on('SIGHUP', onHup);
  await promise;
}

interface Controlled {
  readonly settings: Settings;
  readonly options: RunOptions;
  readonly log: Log;
}

async function control({ settings, options, log }: Controlled, io: Io): Promise<number> {
  await using plane = await startControlPlane(settings, log, options);
  io.stdout.write(
    `Detour ${version} watches ${settings.sites.length} sites; API, page and metrics: ${plane.adminUrl}\n`,
  );
  await untilStopped(() => {
    plane
      .reload()
      .catch((error: unknown) => log.error({ err: errorChain(error) }, 'Reload failed'));
  });
  log.info({}, 'Stops; diversions stay in place');
  return 0;
}

/** Both planes, two sample sites and a router on loopback, until it is stopped. */
async function serveQuickStart(options: RunOptions, log: Log, io: Io): Promise<number> {
  const { listenAddress, dataFolder } = options;
  await using quickStart = await startQuickStart({
    log,
    ...(listenAddress === undefined ? {} : { listenAddress }),
    ...(dataFolder === undefined ? {} : { dataFolder }),
  });
  io.stdout.write(quickStartWords(quickStart));
  await untilStopped(() => {
    log.warn({}, 'The quick start has nothing to reload');
  });
  return 0;
}

/** Both planes on this machine; without a configuration, the quick start. */
export async function runServe(options: RunOptions, io: Io): Promise<number> {
  const log = openLog(options.logLevel, 'detour', options.logFormat);
  try {
    if (options.configFile === undefined) {
      return await serveQuickStart(options, log, io);
    }
    const { file, settings } = load(options, log);
    mkdirSync(settings.dataFolder, { recursive: true, mode: 0o700 });
    mkdirSync(settings.notice.handover, { recursive: true, mode: 0o750 });
    await ensureNotice(settings, file, log);
    return await control({ settings, options, log }, io);
  } catch (error) {
    return fail(io, error);
  }
}

/** The control plane alone. */
export async function runController(options: RunOptions, io: Io): Promise<number> {
  const log = openLog(options.logLevel, 'detour', options.logFormat);
  try {
    return await control({ settings: load(options, log).settings, options, log }, io);
  } catch (error) {
    return fail(io, error);
  }
}

/** Probes from this machine what the controllers tell, until it is stopped. */
export async function runVantage(options: VantageRunOptions, io: Io): Promise<number> {
  const { name, urls, tokenFile, logLevel, logFormat } = options;
  const log = openLog(logLevel, 'detour-vantage', logFormat);
  try {
    await using vantage = new Vantage({ name, urls, tokenFile, log });
    await vantage.start();
    io.stdout.write(`Vantage ${name} reports to ${urls.join(', ')}\n`);
    await untilStopped(() => {
      log.warn({}, 'A vantage has nothing to reload: it follows the controllers');
    });
    return 0;
  } catch (error) {
    return fail(io, error);
  }
}

/** The exact lines each router would get now; changes nothing. */
export async function runPlan(options: RunOptions, io: Io): Promise<number> {
  const log = openLog('error', 'detour');
  try {
    const { lines, isComplete } = await planLines(load(options, log).settings);
    io.stdout.write(`${lines.join('\n')}\n`);
    return isComplete ? 0 : 1;
  } catch (error) {
    return fail(io, error);
  }
}

/** Checks what Detour needs of this host; changes nothing. */
export async function runDoctor(options: RunOptions, io: Io): Promise<number> {
  try {
    const settings =
      options.configFile === undefined
        ? undefined
        : load(options, openLog('error', 'detour')).settings;
    const findings = await examineHost(settings);
    for (const { verdict, text } of findings) {
      io.stdout.write(`${verdict.padEnd(5)} ${text}\n`);
    }
    return findings.some(({ verdict }) => verdict === 'BAD') ? 1 : 0;
  } catch (error) {
    return fail(io, error);
  }
}

/** A working demo needs a few seconds a step; a busy machine gets time. */
const demoStepSeconds = 60;

/** One outage on the quick start, seen from outside. The log tells only what goes wrong, so that the timeline can be read. */
export async function runDemo(options: RunOptions, io: Io): Promise<number> {
  const { listenAddress, dataFolder, logLevel, logFormat } = options;
  const log = openLog(logLevel === 'info' ? 'error' : logLevel, 'detour', logFormat);
  return await playDemo(
    {
      log,
      stepSeconds: demoStepSeconds,
      ...(listenAddress === undefined ? {} : { listenAddress }),
      ...(dataFolder === undefined ? {} : { dataFolder }),
    },
    io,
  );
}
