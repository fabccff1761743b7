import { z } from 'zod';

const routeSchema = z.strictObject({ prefix: z.string(), nextHop: z.string() });

/** A plan to apply, if any, and then a reading. */
export const driveActSchema = z.strictObject({
  driver: z.string(),
  transport: z.strictObject({
    type: z.literal('ssh'),
    host: z.string(),
    port: z.int(),
    user: z.string(),
    privateKeyFile: z.string(),
    hostKeys: z.array(z.string()),
    connectTimeoutMs: z.int(),
  }),
  options: z.record(z.string(), z.unknown()),
  plan: z.strictObject({ add: z.array(routeSchema), remove: z.array(routeSchema) }).optional(),
  timeoutMs: z.int(),
});
export type DriveAct = z.infer<typeof driveActSchema>;

export const driveAnswerSchema = z.union([
  z.strictObject({
    reading: z.object({
      owned: z.array(routeSchema.extend({ isInstalled: z.boolean() })).readonly(),
      foreign: z.array(routeSchema).readonly(),
    }),
  }),
  z.strictObject({ error: z.strictObject({ code: z.string(), words: z.string() }) }),
]);
export type DriveAnswer = z.infer<typeof driveAnswerSchema>;
