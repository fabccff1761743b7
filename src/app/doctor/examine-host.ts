import type { Settings } from '../../config/settings.ts';
import { errorChain } from '../../lib/errors.ts';
import { checkClock } from './clock.ts';
import { checkDivertedAddresses } from './diverted-addresses.ts';
import { checkFileLimits } from './file-limits.ts';
import { bad, type Check, type Finding } from './finding.ts';
import { checkFolders } from './folders.ts';
import { checkKernel } from './kernel.ts';
import { checkListeners } from './listeners.ts';
import { judgeNode } from './node-version.ts';
import { checkNoticeHost } from './notice-host.ts';
import { checkOwnTimers } from './own-timers.ts';
import { checkRedirects } from './redirects.ts';
import { checkRouters } from './routers.ts';
import { checkSharedCertificates } from './shared-certificates.ts';
import { checkStore } from './store-reach.ts';

/** Every check, in the order of the report. A new one is a file of its own and one line here. */
const checks: Readonly<Record<string, Check>> = {
  listeners: checkListeners,
  folders: checkFolders,
  store: checkStore,
  routers: checkRouters,
  timers: checkOwnTimers,
  'file limits': checkFileLimits,
  clock: checkClock,
  'diverted addresses': checkDivertedAddresses,
  'notice host': checkNoticeHost,
  kernel: checkKernel,
  redirects: checkRedirects,
  'shared certificates': checkSharedCertificates,
};

/** Looks at this host and at what the configuration names; changes nothing. Without settings only the runtime is looked at. */
export async function examineHost(settings: Settings | undefined): Promise<readonly Finding[]> {
  const runtime = judgeNode(process.versions.node);
  if (settings === undefined) {
    return [runtime];
  }
  const found = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<readonly Finding[]> => {
      try {
        return await check(settings);
      } catch (error) {
        return [bad(`the check of ${name} broke off: ${errorChain(error)}`, 'report it')];
      }
    }),
  );
  return [runtime, ...found.flat()];
}
