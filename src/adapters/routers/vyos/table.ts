import { routeKey } from '../../../core/route-plan.ts';
import { parseAddress } from '../../../lib/ip.ts';
import { canonicalHost } from '../canonical-host.ts';

/** `S>* prefix [1/0] via hop, eth0, …`: chosen, forwarded by, and the first way. */
const routeLine = /^S(.)(.) *(\S+) \[\d+\/\d+\] (.*)$/;

/** `  *        via hop, eth0, …`: another way of the route above, or how its recursive hop is reached. */
const wayLine = /^ {2}(.) +((?:via|is directly connected)\b.*)$/;

/** What FRR says of its letters. */
const legendLine = /^(Codes:.*| +.*|IPv[46] unicast VRF default:)?$/;

interface Open {
  /** The prefix of the route whose ways come now; undefined while they are not of a chosen host route. */
  prefix: string | undefined;
  recursiveHop: string | undefined;
}

/** Static routes that the kernel forwards by, from the table that FRR prints; undefined when it is not whole. */
export function installedRoutes(lines: readonly string[]): readonly string[] | undefined {
  const open: Open = { prefix: undefined, recursiveHop: undefined };
  const first = lines.findIndex((line) => routeLine.test(line));
  const legend = first < 0 ? lines : lines.slice(0, first);
  if (!legend.every((line) => legendLine.test(line))) {
    return undefined;
  }
  const keys = lines.slice(legend.length).map((line) => routeOf(line, open));
  return keys.includes('unknown') ? undefined : keys.filter((key) => key !== undefined);
}

/** The key of the way on a line, undefined for one that nothing is forwarded by, or `unknown` for other words. */
function routeOf(line: string, open: Open): string | undefined {
  const [, chosen, state = '', target = '', words = ''] = routeLine.exec(line) ?? [];
  if (chosen !== undefined) {
    open.prefix = chosen === '>' ? canonicalHost(target) : undefined;
    open.recursiveHop = undefined;
    return wayOf(words, state, open);
  }
  const [, wayState, wayWords = ''] = wayLine.exec(line) ?? [];
  if (wayState === undefined) {
    return line.trim() === '' ? undefined : 'unknown';
  }
  return wayOf(wayWords, wayState, open);
}

function wayOf(words: string, state: string, open: Open): string | undefined {
  const hop = parseAddress(/^via ([^\s,]+)/.exec(words)?.[1] ?? '');
  if (words.includes('(recursive)')) {
    open.recursiveHop = hop;
    return undefined;
  }
  const nextHop = open.recursiveHop ?? hop;
  return open.prefix !== undefined && nextHop !== undefined && state === '*'
    ? routeKey({ prefix: open.prefix, nextHop })
    : undefined;
}
