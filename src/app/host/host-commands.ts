import type { HostAct } from '../../cli/host-command.ts';
import type { Io } from '../../cli/io.ts';
import type { RunOptions } from '../../cli/run-options.ts';
import type { Settings } from '../../config/settings.ts';
import { HostHelper } from '../../host/host-helper.ts';
import { systemTools } from '../../host/host-tools.ts';
import { describeGaps, type HostGaps, type HostStep, isComplete } from '../../host/notice-host.ts';
import { DetourError, errorChain } from '../../lib/errors.ts';
import { openLog } from '../../lib/log.ts';
import { settingsFor } from '../load-settings.ts';
import { openBlockedSources, openNoticeHost } from './open-host.ts';
import { readDiverted } from './read-diverted.ts';

/** A step as it could be typed at a shell. */
function typed({ program, args, input }: HostStep): string {
  return `${[program, ...args].join(' ')} <<'END'\n${input}END\n`;
}

async function plan(settings: Settings, io: Io): Promise<number> {
  const host = openNoticeHost(settings, systemTools);
  const addresses = await readDiverted(settings.notice.handover);
  const gaps = await host.examine(addresses);
  const steps = host.steps(gaps, addresses);
  for (const text of gaps.refused) {
    io.stdout.write(`# not taken: ${text}\n`);
  }
  io.stdout.write(steps.length === 0 ? '# nothing to do\n' : steps.map(typed).join(''));
  return 0;
}

/** What was mended, and what was not and will not be. */
export function appliedLines(gaps: HostGaps): readonly string[] {
  const mended = describeGaps({ ...gaps, refused: [] }).map((gap) => `mended: ${gap}`);
  const refused = gaps.refused.map((text) => `NOT TAKEN: ${text}`);
  return [...(isComplete(gaps) ? ['nothing to do'] : mended), ...refused];
}

async function apply(settings: Settings, io: Io): Promise<number> {
  const host = openNoticeHost(settings, systemTools);
  const addresses = await readDiverted(settings.notice.handover);
  const gaps = await host.apply(addresses);
  io.stdout.write(`${appliedLines(gaps).join('\n')}\n`);
  return gaps.refused.length === 0 ? 0 : 1;
}

async function check(settings: Settings, io: Io): Promise<number> {
  const host = openNoticeHost(settings, systemTools);
  const addresses = await readDiverted(settings.notice.handover);
  const gaps = await host.examine(addresses);
  const lines = describeGaps(gaps);
  io.stdout.write(
    lines.length === 0
      ? `good  this host takes ${addresses.length} diverted addresses and answers for nothing else of them\n`
      : `${lines.map((line) => `BAD   ${line}`).join('\n')}\n`,
  );
  return lines.length === 0 ? 0 : 1;
}

async function remove(settings: Settings, io: Io): Promise<number> {
  await openNoticeHost(settings, systemTools).remove();
  io.stdout.write('removed the tables and local routes of Detour, and nothing else\n');
  return 0;
}

/** Runs until SIGTERM or SIGINT; everything stays as it is then. */
async function run(settings: Settings, options: RunOptions): Promise<number> {
  const log = openLog(options.logLevel, 'detour-host', options.logFormat);
  const { handover, host } = settings.notice;
  await using helper = new HostHelper({
    host: openNoticeHost(settings, systemTools),
    blocked: openBlockedSources(settings, systemTools),
    handover,
    socket: host.socket,
    log,
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  process.on('SIGTERM', () => resolve());
  process.on('SIGINT', () => resolve());
  await helper.start();
  log.info({ socket: host.socket, handover }, 'Host helper serves');
  await promise;
  log.info({}, 'Host helper stops; the host stays as it is');
  return 0;
}

async function carryOut(act: HostAct, options: RunOptions, io: Io): Promise<number> {
  if (options.configFile === undefined) {
    io.stderr.write('Which configuration? Set --config.file or DETOUR_CONFIG_FILE.\n');
    return 2;
  }
  const settings = settingsFor(options.configFile, options);
  switch (act) {
    case 'plan':
      return await plan(settings, io);
    case 'apply':
      return await apply(settings, io);
    case 'check':
      return await check(settings, io);
    case 'remove':
      return await remove(settings, io);
    default:
      return await run(settings, options);
  }
}

/** `detour host …`: prepares this host to take the packets of diverted addresses. Never rejects. */
export async function runHost(act: HostAct, options: RunOptions, io: Io): Promise<number> {
  try {
    return await carryOut(act, options, io);
  } catch (error) {
    io.stderr.write(`detour: ${errorChain(error)}\n`);
    if (error instanceof DetourError && error.detail !== undefined) {
      io.stderr.write(`${error.detail}\n`);
    }
    return 1;
  }
}
