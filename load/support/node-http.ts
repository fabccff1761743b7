import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CertificateFiles, noticeHosts } from './notice-host.ts';
import { freePort, ServerProcess } from './server-process.ts';
import type { ServedBytes } from './web-servers.ts';

const program = path.join(import.meta.dirname, 'node-http-server.ts');

/** Starts `node:http` and `node:https` with the same bytes ready, as the yardstick of our own reader. */
export async function startNodeHttp(
  folder: string,
  { body, fields }: ServedBytes,
  { certificate, key }: CertificateFiles,
): Promise<ServerProcess> {
  const root = path.join(folder, 'node-http');
  await mkdir(root, { recursive: true });
  await writeFile(path.join(root, 'page'), body);
  await writeFile(path.join(root, 'fields.json'), JSON.stringify(fields));
  await writeFile(path.join(root, 'host'), noticeHosts[0]);
  await copyFile(certificate, path.join(root, 'certificate'));
  await copyFile(key, path.join(root, 'key'));
  const [port, securePort] = [await freePort(), await freePort()];
  const argv = [process.execPath, program, String(port), String(securePort), root];
  const server = new ServerProcess(argv, port, { isAhead: true, securePort });
  await server.untilReady();
  return server;
}
