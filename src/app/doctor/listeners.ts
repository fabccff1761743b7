import path from 'node:path';
import got from 'got';
import { openNoticeClient } from '../../adapters/publishers/notice-client.ts';
import type { ListenAddress, Settings } from '../../config/settings.ts';
import { tryListening } from '../can-listen.ts';
import { bad, type Finding, good } from './finding.ts';

/** Our own processes on this machine answer within this time. */
const answerMs = 1_000;

const placeOf = ({ host, port }: ListenAddress): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function remedyFor(code: unknown): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'stop what listens there (ss -ltnp shows it), or choose another port';
    case 'EACCES':
      return 'ports below 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit of the service';
    case 'EADDRNOTAVAIL':
      return 'no interface of this host has the address: correct it, or give it to an interface';
    default:
      return 'correct the address';
  }
}

/** Whether an address can be listened on, or is by the process that should. */
async function checkListener(
  what: string,
  address: ListenAddress,
  isOurs: () => Promise<boolean>,
): Promise<Finding> {
  const place = placeOf(address);
  try {
    await tryListening(address);
    return good(`${what} ${place} is free`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE' && (await isOurs())) {
      return good(`${what} ${place} is served by the Detour that runs already`);
    }
    const why = error instanceof Error ? error.message : String(error);
    return bad(`${what} ${place} cannot be listened on (${why})`, remedyFor(code));
  }
}

async function isOurAdmin({ host, port }: ListenAddress): Promise<boolean> {
  const local = host === '0.0.0.0' ? '127.0.0.1' : host;
  try {
    const url = `http://${placeOf({ host: local === '::' ? '::1' : local, port })}/-/healthy`;
    const text = await got(url, { timeout: { request: answerMs }, retry: { limit: 0 } }).text();
    return text.startsWith('Detour is healthy');
  } catch {
    return false;
  }
}

/** Where the notice process of this machine listens; nowhere when none runs. */
async function noticeListeners({ notice }: Settings): Promise<readonly ListenAddress[]> {
  try {
    const client = openNoticeClient(path.join(notice.handover, 'notice.sock'));
    return (await client.status(AbortSignal.timeout(answerMs))).listening;
  } catch {
    return [];
  }
}

/** Every address that the configuration listens on. */
export async function checkListeners(settings: Settings): Promise<readonly Finding[]> {
  const { admin, notice } = settings;
  const serving = await noticeListeners(settings);
  const isServed = async ({ host, port }: ListenAddress): Promise<boolean> =>
    serving.some((one) => one.port === port && one.host === host);
  return await Promise.all([
    checkListener('admin.listen', admin.listen, () => isOurAdmin(admin.listen)),
    ...notice.http.map((at) => checkListener('notice.http', at, () => isServed(at))),
    ...notice.https.map((at) => checkListener('notice.https', at, () => isServed(at))),
  ]);
}
