import type { z } from 'zod';
import type { RouteDriver } from '../../ports/route-driver.ts';
import type { Transport } from '../../ports/transport.ts';

/** What a driver is opened with; it owns the transport and closes it with itself. */
export interface DriverContext {
  /** The router's name, for messages. */
  readonly router: string;
  readonly transport: Transport;
  /** Checked by the driver's own schema before. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** One kind of router: the schema of its `options`, and how its driver is opened. */
export interface DriverKind {
  readonly optionsSchema: z.ZodType;
  open(context: DriverContext): RouteDriver;
}
