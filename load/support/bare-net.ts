import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CertificateFiles } from './notice-host.ts';
import { freePort, ServerProcess } from './server-process.ts';
import type { ServedBytes } from './web-servers.ts';

const program = path.join(import.meta.dirname, 'bare-net-server.ts');

/** The same answer as one piece, with the fields that a server adds by itself. */
function wholeAnswer({ body, fields }: ServedBytes): Buffer {
  const lines = [
    'HTTP/1.1 503 Service Unavailable',
    `Date: ${new Date().toUTCString()}`,
    'Retry-After:   60',
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${body.length}`,
    '\r\n',
  ];
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]);
}

/** Starts the floor of what can be had on Node: `node:net` and `node:tls` that send the same bytes to whatever comes. */
export async function startBareNet(
  folder: string,
  bytes: ServedBytes,
  { certificate, key }: CertificateFiles,
): Promise<ServerProcess> {
  const root = path.join(folder, 'bare-net');
  await mkdir(root, { recursive: true });
  await writeFile(path.join(root, 'answer'), wholeAnswer(bytes));
  await copyFile(certificate, path.join(root, 'certificate'));
  await copyFile(key, path.join(root, 'key'));
  const [port, securePort] = [await freePort(), await freePort()];
  const argv = [process.execPath, program, String(port), String(securePort), root];
  const server = new ServerProcess(argv, port, { isAhead: true, securePort });
  await server.untilReady();
  return server;
}
