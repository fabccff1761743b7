/** Entry of a worker process: serves beside its siblings on the same ports, and ends with the main notice process. */
import { errorChain } from '../lib/errors.ts';
import { openLog } from '../lib/log.ts';
import { openHostClient } from './host-client.ts';
import { NoticeService } from './notice-service.ts';
import { type WorkerReply, type WorkerRequest, workerRequest } from './worker-messages.ts';

const keyBytes = (text: string): Buffer => Buffer.from(text, 'base64');

let service: NoticeService | undefined;

async function stop(): Promise<void> {
  await service?.[Symbol.asyncDispose]();
  process.exit(0);
}

async function carryOut(request: WorkerRequest): Promise<unknown> {
  switch (request.act) {
    case 'start': {
      const { http, https, logLevel, ticketKeys, hostSocket, ...setup } = request.setup;
      service = new NoticeService({
        ...setup,
        ticketKeys: ticketKeys.map(keyBytes),
        log: openLog(logLevel, setup.name),
        ...(hostSocket === undefined ? {} : { host: openHostClient(hostSocket) }),
      });
      return await service.start({ http, https });
    }
    case 'tickets':
      return service?.useTicketKeys(request.ticketKeys.map(keyBytes));
    case 'status':
      return service?.status();
    case 'metrics':
      return await service?.metrics();
    case 'refresh':
      await service?.refresh();
      return service?.status();
    default:
      return await stop();
  }
}

async function reply(request: WorkerRequest): Promise<void> {
  const answer: WorkerReply = await carryOut(request).then(
    (value) => ({ id: request.id, value }),
    (error: unknown) => ({ id: request.id, problem: errorChain(error) }),
  );
  process.send?.(answer);
}

process.on('message', (message) => {
  const request = workerRequest.safeParse(message);
  if (request.success) {
    void reply(request.data);
  }
});
process.on('disconnect', () => void stop());
// The main process says when to stop; a terminal's signals reach the whole group.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => undefined);
}
