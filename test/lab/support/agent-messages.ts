import { z } from 'zod';

/** One request over a new TCP connection to a literal address, as a visitor's or operator's program would make it. */
export const requestSchema = z.strictObject({
  address: z.string(),
  port: z.int().default(80),
  method: z.string().default('GET'),
  path: z.string().default('/'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  timeoutMs: z.int().default(5_000),
});
export type AgentRequest = z.input<typeof requestSchema>;

export const commandSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('request'), id: z.int(), request: requestSchema }),
  z.strictObject({
    do: z.literal('watch'),
    id: z.int(),
    request: requestSchema,
    everyMs: z.int(),
  }),
  z.strictObject({ do: z.literal('unwatch'), id: z.int() }),
]);
export type AgentCommand = z.input<typeof commandSchema>;

export const answerSchema = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type AgentAnswer = z.infer<typeof answerSchema>;

/** Who answered: an origin server by its own name, the notice of a site, or why nobody did. */
export const sightingSchema = z.object({
  at: z.number(),
  who: z.string(),
});
export type Sighting = z.infer<typeof sightingSchema>;

export const messageSchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('ready') }),
  z.object({ is: z.literal('answer'), id: z.int(), answer: answerSchema }),
  z.object({ is: z.literal('failure'), id: z.int(), code: z.string() }),
  z.object({ is: z.literal('sighting'), id: z.int(), sighting: sightingSchema }),
]);
export type AgentMessage = z.infer<typeof messageSchema>;
