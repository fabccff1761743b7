import { z } from 'zod';

const path = z
  .string()
  .max(200)
  .regex(
    /^\/[A-Za-z0-9_./-]+$/,
    'must be an absolute path of letters, digits, dots, dashes and underscores',
  );

/** Options of the `bird` driver. */
export const birdOptionsSchema = z.strictObject({
  /** The file that Detour writes and bird.conf includes. Its folder belongs to Detour's account alone. */
  includeFile: path.default('/etc/bird/detour/routes.conf'),
  /** BIRD's control socket, where it is not the usual one. */
  socket: path.optional(),
  /** Detour's own mark: its static protocols are called this with 4 and 6 behind it. */
  protocol: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, 'must be a plain lower-case word')
    .default('detour'),
});

export type BirdOptions = z.infer<typeof birdOptionsSchema>;
