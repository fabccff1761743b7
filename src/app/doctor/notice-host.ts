import type { Settings } from '../../config/settings.ts';
import { systemTools } from '../../host/host-tools.ts';
import { describeGaps, type HostGaps } from '../../host/notice-host.ts';
import { DetourError, errorChain } from '../../lib/errors.ts';
import { openNoticeHost } from '../host/open-host.ts';
import { readDiverted } from '../host/read-diverted.ts';
import { bad, type Finding, good, note } from './finding.ts';
import { ownAddresses, ownNextHops } from './own-addresses.ts';

/** More gaps than anyone reads one by one. */
const shownGaps = 5;

/** What `detour host check` would say, as findings: a visitor who gets no answer is bad, the rest is worth knowing. */
export function judgeGaps(gaps: HostGaps, diverted: number): readonly Finding[] {
  const lines = describeGaps(gaps);
  if (lines.length === 0) {
    return [good(`this host is prepared for what is diverted now: ${diverted} addresses`)];
  }
  const shown = lines.slice(0, shownGaps).join('; ');
  const more = lines.length > shownGaps ? ` and ${lines.length - shownGaps} more` : '';
  const isUnanswered = gaps.routes.add.length > 0 || gaps.refused.length > 0;
  return [
    isUnanswered
      ? bad(`this host is not prepared: ${shown}${more}`, 'detour host plan shows what to do')
      : note(`this host is not prepared: ${shown}${more} - detour host plan shows what to do`),
  ];
}

/** Whether this host, if it is a notice host, takes what is diverted and answers for nothing else of it. */
export async function checkNoticeHost(settings: Settings): Promise<readonly Finding[]> {
  const isNoticeHost =
    ownNextHops(settings, ownAddresses()).length > 0 || settings.notice.host.estate.length > 0;
  if (!isNoticeHost) {
    return [];
  }
  try {
    const addresses = await readDiverted(settings.notice.handover);
    const gaps = await openNoticeHost(settings, systemTools).examine(addresses);
    return judgeGaps(gaps, addresses.length);
  } catch (error) {
    const detail = error instanceof DetourError ? (error.detail ?? '') : '';
    return [
      note(
        `whether this host is prepared for diverted addresses could not be seen: ${errorChain(error)} ${detail} - run detour doctor as root too`,
      ),
    ];
  }
}
