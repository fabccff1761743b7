import type { RouteTable } from '../../src/quickstart/route-table.ts';
import { RouterShell } from '../../src/quickstart/router-shell.ts';
import type { RouterAccess } from '../../src/quickstart/router-ssh.ts';
import { openSshDevice } from '../fakes/ssh-device.ts';

/** One thing that arrived at the router: a channel was asked for, or a command came over it. */
export interface Arrival {
  readonly at: number;
  readonly step: 'channel' | 'command';
  /** The command; empty for a channel. */
  readonly text: string;
}

/** The software router of the quick start, which writes down what arrives when and tells of it before it answers. */
export interface WatchedRouter {
  readonly access: RouterAccess;
  readonly arrivals: readonly Arrival[];
}

/** Opens it on loopback. `onArrival` runs before the router answers, or even carries the command out. */
export async function openWatchedRouter(
  table: RouteTable,
  onArrival: (arrival: Arrival) => void,
): Promise<WatchedRouter> {
  const shell = new RouterShell(table);
  const arrivals: Arrival[] = [];
  const note = (step: Arrival['step'], text = ''): void => {
    const arrival = { at: performance.now(), step, text };
    arrivals.push(arrival);
    onArrival(arrival);
  };
  const device = await openSshDevice({
    onChannel: () => note('channel'),
    onExec: (channel, command) => {
      note('command', command);
      const { output, exitCode } = shell.run(command);
      channel.write(output);
      channel.exit(exitCode);
      channel.end();
    },
  });
  const { port, fingerprint, privateKey } = device;
  return {
    arrivals,
    access: {
      port,
      fingerprint,
      privateKey,
      user: 'detour',
      [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
    },
  };
}
