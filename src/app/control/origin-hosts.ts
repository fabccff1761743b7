import { openShellHost, openStatusHost } from '../../adapters/origin-hosts/origin-host.ts';
import { openTransport } from '../../adapters/transports/registry.ts';
import type { OriginHostSettings } from '../../config/settings.ts';
import type { Controller } from '../../controller/controller.ts';
import { OriginWatch } from '../../controller/origin-watch.ts';
import type { OriginHost } from '../../ports/origin-host.ts';
import { userAgent } from '../version.ts';
import { submitter } from './controller.ts';
import type { Ground } from './ground.ts';

function openHost({ transport, statusUrl, ports, users }: OriginHostSettings): OriginHost {
  return transport === undefined
    ? openStatusHost(statusUrl ?? '', userAgent)
    : openShellHost(openTransport(transport), {
        ports,
        users,
        ...(statusUrl === undefined ? {} : { statusUrl }),
      });
}

/** Opens what measures the machines behind sites; it looks once it is started. */
export function openOriginWatch(
  { settings, clock, metrics, log }: Ground,
  controller: Controller,
): OriginWatch {
  const hosts = settings.originHosts.map((host) => ({ ...host, host: openHost(host) }));
  return new OriginWatch(hosts, {
    clock,
    state: () => controller.state(),
    submit: submitter(controller, log),
    metrics,
    log,
  });
}
