import { advanceBehindNotice } from './advance-behind-notice.ts';
import { advanceOnOrigin, divertByOrder } from './advance-on-origin.ts';
import { advanceDiverting } from './diversion.ts';
import type { Phase } from './phase.ts';
import { advanceRestoring } from './restore.ts';
import type { SiteState } from './state.ts';
import type { Turn } from './turn.ts';
import { undo } from './undo.ts';

function advanceHeld(
  turn: Turn,
  name: string,
  site: SiteState,
  phase: Extract<Phase, { name: 'held' }>,
): void {
  if (site.question !== undefined || site.override?.action === 'hold') {
    return;
  }
  if (phase.on === 'notice') {
    turn.enter(
      name,
      { name: 'diverted', diversion: phase.diversion },
      'hold-released',
      'no longer held; behind its notice',
    );
    return;
  }
  turn.enter(name, { name: 'serving' }, 'hold-released', 'no longer held');
}

/** A person's order that meets a diversion under way; true when it changed the course. */
function divertIsTurnedBack(
  turn: Turn,
  name: string,
  site: SiteState,
  phase: Extract<Phase, { name: 'diverting' }>,
): boolean {
  if (phase.stage === 'undoing' || site.override === undefined) {
    return false;
  }
  const { action, owner, reason } = site.override;
  if (action === 'restore' || (action === 'hold' && phase.stage === 'publishing')) {
    undo(turn, name, phase, { reason: 'restore-ordered', text: `ordered by ${owner}: ${reason}` });
    return true;
  }
  return false;
}

/** Moves one site on, as far as its facts allow at this moment. */
export function advance(turn: Turn, name: string): void {
  const spec = turn.state.config.sites[name];
  const site = turn.site(name);
  if (spec === undefined || site === undefined) {
    return;
  }
  const { phase } = site;
  switch (phase.name) {
    case 'serving':
    case 'suspect':
      advanceOnOrigin(turn, spec, site);
      break;
    case 'diverting':
      if (!divertIsTurnedBack(turn, name, site, phase)) {
        advanceDiverting(turn, name, phase);
      }
      break;
    case 'diverted':
    case 'recovering':
      advanceBehindNotice(turn, spec, site, phase);
      break;
    case 'restoring':
      // An order from before the question is no answer to it.
      if (site.override?.action === 'divert' && site.question === undefined) {
        divertByOrder(turn, spec, site);
      } else {
        advanceRestoring(turn, name, phase);
      }
      break;
    case 'held':
      advanceHeld(turn, name, site, phase);
      break;
  }
}
