import path from 'node:path';
import { z } from 'zod';
import { mustRun } from '../../test/support/command.ts';
import { ahead } from './ahead.ts';
import { cpuNanoseconds } from './cpu.ts';
import type { ServerProcess } from './server-process.ts';

const client = path.join(import.meta.dirname, 'shake-hands.ts');
const connections = 32;

const result = z.object({ handshakes: z.number(), resumed: z.literal(0), failed: z.number() });

/** CPU microseconds of the server for one new visitor over TLS 1.3: connection, full handshake and page. */
export async function measureHandshakes(
  server: ServerProcess,
  { host, seconds }: { readonly host: string; readonly seconds: number },
): Promise<number> {
  const before = cpuNanoseconds(server.pid);
  const output = await mustRun(
    ahead(
      [
        ...[process.execPath, client, String(server.securePort)],
        ...[host, String(connections), String(seconds)],
      ],
      1,
      'crowd',
    ),
    { timeoutMs: (seconds + 30) * 1_000 },
  );
  const cpu = cpuNanoseconds(server.pid) - before;
  const { handshakes, failed } = result.parse(JSON.parse(output));
  if (failed > handshakes / 100) {
    throw new Error(`${failed} of ${handshakes + failed} handshakes failed`);
  }
  return cpu / 1_000 / handshakes;
}
