import type { z } from 'zod';
import type { RouteDriver } from '../../ports/route-driver.ts';
import type { CountStandstills, StreamKind, Transport } from '../../ports/transport.ts';

/** What a driver is opened with; it owns the transport and closes it with itself. */
export interface DriverContext {
  /** The router's name, for messages. */
  readonly router: string;
  readonly transport: Transport;
  /** Another way to the same device, at another port; absent where there are no ports. */
  readonly atPort?: (port: number) => Transport;
  /** Port on this machine of a daemon that is spoken to by gRPC calls. */
  readonly grpcPort?: number;
  /** For drivers that speak without the transport; never any unless said. */
  readonly standstills?: CountStandstills;
  /** The second password of devices on which a login begins without rights; read at each use. */
  readonly enablePassword?: () => Promise<string>;
  /** Checked by the driver's own schema before. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a driver asks of its transport: single commands, calls of its own, or a stream of some kind. */
export type Carriage = 'commands' | 'grpc' | StreamKind;

/** One kind of router: the schema of its `options`, and how its driver is opened. */
export interface DriverKind {
  readonly optionsSchema: z.ZodType;
  /** What it asks of its transport, given its options: any one of these will do. */
  readonly carriage: (options: Readonly<Record<string, unknown>>) => readonly Carriage[];
  /**
   * What keeps a device with these options from taking routes back by itself when nobody renews their lease, and what to do
   * about it; undefined when it can. Kinds without it never can.
   */
  readonly leaseProblem?: (options: Readonly<Record<string, unknown>>) => string | undefined;
  open(context: DriverContext): RouteDriver;
}
