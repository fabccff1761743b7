import { mustRun } from '../../support/command.ts';
import { type DriveAct, type DriveAnswer, driveAnswerSchema } from './drive-messages.ts';
import { type Lab, labAddresses } from './lab.ts';

const script = new URL('./drive-router.ts', import.meta.url).pathname;

/** How each driver logs in to the notice switch, and what it is told of it. */
export const logins = {
  frr: { user: 'detour', options: {} },
  linux: { user: 'ops', options: { sudo: true } },
} as const;
export type LabDriver = keyof typeof logins;

export interface DriveOptions {
  readonly plan?: Partial<NonNullable<DriveAct['plan']>>;
  /** Another host key than the switch has. */
  readonly hostKey?: string;
  readonly timeoutMs?: number;
}

/** Applies a plan on the notice switch with Detour's driver from the controller's machine, then reads the switch. */
export async function drive(
  lab: Lab,
  driver: LabDriver,
  { plan, hostKey = lab.ssh.hostKey, timeoutMs = 10_000 }: DriveOptions = {},
): Promise<DriveAnswer> {
  const act: DriveAct = {
    driver,
    transport: {
      type: 'ssh',
      host: labAddresses.switch,
      port: 22,
      user: logins[driver].user,
      privateKeyFile: lab.ssh.privateKeyFile,
      hostKeys: [hostKey],
      connectTimeoutMs: 5_000,
    },
    options: logins[driver].options,
    ...(plan === undefined ? {} : { plan: { add: [], remove: [], ...plan } }),
    timeoutMs,
  };
  const line = await mustRun(
    lab.at('controller', [process.execPath, script, JSON.stringify(act)]),
    { timeoutMs: timeoutMs + 10_000 },
  );
  return driveAnswerSchema.parse(JSON.parse(line));
}
