import type { ProbeSpec } from '../core/site.ts';
import { formatDuration } from '../lib/duration.ts';
import { suggest } from '../lib/nearest.ts';
import type { Placed } from './draft.ts';
import type { Finding } from './finding.ts';
import { readHostname } from './schema/parts.ts';
import type { SiteInput } from './schema/site-schema.ts';
import type { YamlPath } from './yaml-source.ts';

type Said = Omit<Finding, 'path'>;

function urlProblem(url: string, probe: ProbeSpec, site: SiteInput): Said | undefined {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== `${probe.type}:`) {
    const remedy = 'correct the URL or the type';
    return { what: `the URL must begin with ${probe.type}://`, remedy };
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return { what: 'the URL holds a password', remedy: 'probe a page that needs none' };
  }
  const host = readHostname(parsed.hostname);
  return host !== undefined && site.hostnames.includes(host)
    ? undefined
    : {
        what: `${parsed.hostname} is not a hostname of the site`,
        remedy: suggest(parsed.hostname, site.hostnames),
      };
}

/** Each type of probe needs its own key, and has no use for the other's. */
function keyFindings(probe: ProbeSpec, path: YamlPath): readonly Finding[] {
  const [wanted, idle] =
    probe.type === 'tcp' ? (['port', 'url'] as const) : (['url', 'port'] as const);
  const missing = `a probe of type ${probe.type} needs ${wanted}`;
  const useless = `a probe of type ${probe.type} has no ${idle}`;
  return [
    ...(probe[wanted] === undefined ? [{ path, what: missing, remedy: `add ${wanted}` }] : []),
    ...(probe[idle] === undefined
      ? []
      : [{ path: [...path, idle], what: useless, remedy: 'take it out, or correct the type' }]),
  ];
}

function urlFindings(probe: ProbeSpec, path: YamlPath, site: SiteInput): readonly Finding[] {
  if (probe.type === 'tcp' || probe.url === undefined) {
    return [];
  }
  const problem = urlProblem(probe.url, probe, site);
  return problem === undefined ? [] : [{ ...problem, path: [...path, 'url'] }];
}

function paceFindings(probe: ProbeSpec, path: YamlPath): readonly Finding[] {
  const { intervalMs, timeoutMs } = probe;
  return intervalMs >= timeoutMs
    ? []
    : [
        {
          path: [...path, 'interval'],
          what: `the timeout of ${formatDuration(timeoutMs)} is longer than the interval of ${formatDuration(intervalMs)}`,
          remedy: 'make the timeout shorter: a probe never overlaps the one before',
          isWarning: true,
        },
      ];
}

/** Everything about the probes of a site that no schema can see. */
export function probeFindings(site: Placed<SiteInput>): readonly Finding[] {
  return site.value.probes.flatMap((probe, index) => {
    const path = [...site.path, 'probes', index];
    return [
      ...keyFindings(probe, path),
      ...urlFindings(probe, path, site.value),
      ...paceFindings(probe, path),
    ];
  });
}
