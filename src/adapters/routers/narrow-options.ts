import { z } from 'zod';
import { parsePrefix } from '../../lib/ip.ts';

/** Options of drivers that divert chosen TCP ports of an address alone. */
export const narrowOptions = {
  /** TCP ports that are diverted; every other port, and UDP, goes on reaching the origin. */
  ports: z
    .array(z.number().int().min(1).max(65_535))
    .min(1)
    .max(16)
    .default([80, 443])
    .transform((ports) => [...new Set(ports)].toSorted((a, b) => a - b)),
  /** Sources that see the real site although it is diverted: those who repair it. */
  exceptSources: z
    .array(
      z
        .string()
        .refine((text) => parsePrefix(text) === text, 'must be a prefix such as 192.0.2.0/24'),
    )
    .max(64)
    .default([])
    .transform((prefixes) => [...new Set(prefixes)].toSorted()),
};
