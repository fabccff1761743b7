import { z } from 'zod';
import { unknownNameChoices } from './tls/identities.ts';

const listenAddresses = z.array(z.strictObject({ host: z.string(), port: z.number() }));

/** A key in a message between our own processes: the channel is a socket pair, nothing touches a disk. */
const keyText = z.base64();

/** What a worker needs to begin. */
export const workerSetup = z.strictObject({
  http: listenAddresses,
  https: listenAddresses,
  handover: z.string(),
  version: z.string(),
  name: z.string(),
  workers: z.number(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  acmeFolder: z.string().exactOptional(),
  trustedProxies: z.array(z.string()).exactOptional(),
  hostSocket: z.string().exactOptional(),
  certificates: z.string().exactOptional(),
  unknownNames: z.enum(unknownNameChoices),
  neutral: z.strictObject({ cert: z.string(), key: z.string() }),
  ticketKeys: z.array(keyText),
});
export type WorkerSetup = z.infer<typeof workerSetup>;

/** What the main process asks of a worker. */
export const workerRequest = z.discriminatedUnion('act', [
  z.strictObject({ id: z.number(), act: z.literal('start'), setup: workerSetup }),
  z.strictObject({ id: z.number(), act: z.literal('tickets'), ticketKeys: z.array(keyText) }),
  z.strictObject({ id: z.number(), act: z.enum(['status', 'metrics', 'refresh', 'stop']) }),
]);
export type WorkerRequest = z.infer<typeof workerRequest>;

/** What a worker answers; `problem` instead of a value when it could not. */
export const workerReply = z.strictObject({
  id: z.number(),
  value: z.unknown().optional(),
  problem: z.string().optional(),
});
export type WorkerReply = z.infer<typeof workerReply>;
