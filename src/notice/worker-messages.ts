import { z } from 'zod';

/** What a worker needs to begin. */
export const workerSetup = z.strictObject({
  addresses: z.array(z.strictObject({ host: z.string(), port: z.number() })),
  handover: z.string(),
  version: z.string(),
  name: z.string(),
  workers: z.number(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  acmeFolder: z.string().exactOptional(),
  trustedProxies: z.array(z.string()).exactOptional(),
  hostSocket: z.string().exactOptional(),
});
export type WorkerSetup = z.infer<typeof workerSetup>;

/** What the main process asks of a worker. */
export const workerRequest = z.discriminatedUnion('act', [
  z.strictObject({ id: z.number(), act: z.literal('start'), setup: workerSetup }),
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
