import type { ProbeType } from '../../core/site.ts';
import type { Prober } from '../../ports/prober.ts';
import { HttpProber, type HttpProberOptions } from './http/http-prober.ts';
import { TcpProber } from './tcp/tcp-prober.ts';

type OpenProber = (options: HttpProberOptions) => Prober;

const openers = {
  http: (options): Prober => new HttpProber(options),
  https: (options): Prober => new HttpProber(options),
  tcp: (options): Prober => new TcpProber(options),
} satisfies Record<ProbeType, OpenProber>;

/** Opens a prober for every type of probe. */
export function openProbers(options: HttpProberOptions): Readonly<Record<ProbeType, Prober>> {
  return {
    http: openers.http(options),
    https: openers.https(options),
    tcp: openers.tcp(options),
  };
}
