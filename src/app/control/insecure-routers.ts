import type { RouterSettings } from '../../config/settings.ts';
import type { ControlEvent } from '../../core/event.ts';
import type { Log } from '../../lib/log.ts';

type Submit = (event: ControlEvent) => void;

/** Says in the log and in the audit which of these routers are reached in clear text, or may be by old algorithms. */
export function tellInsecure(routers: readonly RouterSettings[], submit: Submit, log: Log): void {
  for (const { name, transport } of routers) {
    const place = 'host' in transport ? `${transport.host} port ${transport.port}` : '';
    if (transport.type === 'telnet') {
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
    if (transport.type === 'ssh' && transport.algorithms === 'legacy-2012') {
      log.warn(
        { router: name, place },
        'A router may be reached with old SSH algorithms: whoever is on the way may read its password and change its commands',
      );
      submit({
        type: 'noted',
        reason: 'insecure-transport',
        owner: 'detour',
        detail: `router ${name} at ${place} may be reached with the old SSH algorithms of legacy-2012, as its configuration allows`,
      });
    }
  }
}

/** Tells which old algorithms the connections to a router are built of: once for each choice, as there are many connections. */
export function oldAlgorithmsTeller(
  { name, transport }: RouterSettings,
  submit: Submit,
  log: Log,
): (names: readonly string[]) => void {
  const place = 'host' in transport ? `${transport.host} port ${transport.port}` : '';
  const told = new Set<string>();
  return (names) => {
    const algorithms = names.join(', ');
    if (told.has(algorithms)) {
      return;
    }
    told.add(algorithms);
    log.warn({ router: name, place, algorithms }, 'A router is reached with old SSH algorithms');
    submit({
      type: 'noted',
      reason: 'old-algorithms',
      owner: 'detour',
      detail: `router ${name} at ${place} is spoken to with ${algorithms}, as it has nothing better and its configuration allows`,
    });
  };
}
