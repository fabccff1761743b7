import { createServer, type Socket } from 'node:net';
import type { Device } from './device.ts';
import { type DeviceServer, listen, serveTerminal, simulatedLogin } from './ssh-server.ts';
import { Terminal } from './terminal.ts';

/** Puts a simulated device behind telnet on loopback: a switch from before SSH, that negotiates nothing. */
export async function serveOverTelnet(device: Device): Promise<DeviceServer> {
  const sockets = new Set<Socket>();
  const seen = { logins: 0, connections: 0 };
  const server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (device.faults.connection === 'silent') {
      return;
    }
    setTimeout(() => {
      void visit(socket, device).then((isIn) => {
        seen.logins += isIn ? 1 : 0;
      });
    }, device.faults.bannerDelayMs ?? 0).unref();
  });
  return {
    port: await listen(server),
    hostKey: '',
    logins: () => seen.logins,
    connections: () => seen.connections,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function visit(socket: Socket, device: Device): Promise<boolean> {
  const wire = {
    write: (text: string): void => {
      socket.write(text);
    },
    close: (): void => {
      socket.end();
    },
  };
  const terminal = new Terminal(wire, { faults: device.faults, pagerPrompt: device.pagerPrompt });
  socket.on('data', (chunk: Buffer) => terminal.take(chunk.toString('latin1')));
  socket.on('close', () => terminal.end());
  return await serveVisitor(terminal, device);
}

/** Asks who is there, and serves whoever says the right words. True when the visitor was let in. */
export async function serveVisitor(terminal: Terminal, device: Device): Promise<boolean> {
  if (!(await isLetIn(terminal, device))) {
    await terminal.hangUp();
    return false;
  }
  if ((device.faults.maxChannels ?? 1) < 1) {
    terminal.print('All lines are in use.\n');
    await terminal.hangUp();
    return false;
  }
  await serveTerminal(terminal, device);
  return true;
}

async function isLetIn(terminal: Terminal, { faults }: Device): Promise<boolean> {
  terminal.print('\n\nUser Access Verification\n\n');
  for (let tries = 1; tries <= 3; tries += 1) {
    const user = await terminal.ask('Username: ', { isSecret: true });
    const password = await terminal.ask('Password: ', { isSecret: true });
    if (user === undefined || password === undefined) {
      return false;
    }
    const isRight = user === simulatedLogin.user && password === simulatedLogin.password;
    if (isRight && faults.isLoginRefused !== true) {
      return true;
    }
    terminal.print('\n% Login invalid\n\n');
  }
  return false;
}
