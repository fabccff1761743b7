import type { RouterSettings } from '../../config/settings.ts';
import type { ControlEvent } from '../../core/event.ts';
import type { Log } from '../../lib/log.ts';

/** Says in the log and in the audit which of these routers are reached in clear text. */
export function tellInsecure(
  routers: readonly RouterSettings[],
  submit: (event: ControlEvent) => void,
  log: Log,
): void {
  for (const { name, transport } of routers) {
    if (transport.type === 'telnet') {
      const place = `${transport.host} port ${transport.port}`;
      log.warn(
        { router: name, place },
        'A router is reached by telnet: everybody on the way can read its password and change its commands',
      );
      submit({
        type: 'noted',
        reason: 'insecure-transport',
        owner: 'detour',
        detail: `router ${name} is reached by telnet at ${place}, in clear text, as its configuration allows`,
      });
    }
  }
}
