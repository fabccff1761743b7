import { z } from 'zod';
import { DetourError } from '../../lib/errors.ts';
import type { DriverContext } from './open-driver.ts';

/** Reads a driver's options by its schema; throws DETOUR_CONFIG_INVALID that names every wrong one. */
export function readOptions<Options>(
  schema: z.ZodType<Options>,
  { router, options }: DriverContext,
): Options {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    throw new DetourError(`The options of router ${router} are wrong`, {
      code: 'DETOUR_CONFIG_INVALID',
      detail: z.prettifyError(parsed.error),
      cause: parsed.error,
    });
  }
  return parsed.data;
}
