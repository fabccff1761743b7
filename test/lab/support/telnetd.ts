import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';

/** How the login of the switch goes. */
export interface TelnetSwitchOptions {
  readonly folder: string;
  /** The command that a login ends in. */
  readonly shell: readonly string[];
  readonly user: string;
  readonly password: string;
}

/** A login as legacy switches have it: name, password, three tries, then the command line of the switch. */
function loginScript({ shell, user, password }: TelnetSwitchOptions): string {
  return `#!/bin/sh
printf '\\r\\nUser Access Verification\\r\\n\\r\\n'
for try in 1 2 3; do
  printf 'Username: '
  IFS= read -r name || exit 1
  stty -echo
  printf 'Password: '
  IFS= read -r word
  stty echo
  printf '\\n'
  if [ "$name" = '${user}' ] && [ "$word" = '${password}' ]; then
    exec ${shell.join(' ')}
  fi
  printf '%% Login invalid\\n\\n'
done
`;
}

/** Debian's own telnetd before a switch's command line, at a free port of the loopback. */
export class TelnetSwitch implements AsyncDisposable {
  readonly port: number;
  readonly #close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.#close = close;
  }

  static async open(options: TelnetSwitchOptions): Promise<TelnetSwitch> {
    const script = path.join(options.folder, 'telnet-login.sh');
    await writeFile(script, loginScript(options));
    await chmod(script, 0o755);
    const children = new Set<ChildProcess>();
    // telnetd wants the connection as its standard input, as inetd hands it over.
    const server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
      const argv = ['-h', '-E', script];
      const child = spawn('/usr/sbin/telnetd', argv, { stdio: [socket, socket, 'ignore'] });
      children.add(child);
      child.on('exit', () => children.delete(child));
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return new TelnetSwitch(portOf(address), async () => {
      server.close();
      for (const child of children) {
        child.kill();
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

function portOf(address: string | AddressInfo | null): number {
  if (typeof address !== 'object' || address === null) {
    throw new Error('The stand-in for inetd does not listen');
  }
  return address.port;
}
