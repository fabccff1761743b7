import { auditVerdictSchema } from '../api/audit/schema.ts';
import { brakeListSchema, brakeViewSchema } from '../api/brakes/schema.ts';
import type { ClientCommand } from './client-command.ts';
import { table } from './table.ts';
import { localTime } from './words.ts';

/** Shows what holds automation back. */
export const showBrakes: ClientCommand = async ({ client }) => {
  const { brakes } = await client.call({ path: '/api/v1/brakes', answer: brakeListSchema });
  const rows = brakes.map(({ brake, isActive, detail, holding, release }) => [
    brake,
    isActive ? 'active' : 'off',
    holding.join(', '),
    release === null ? '' : `until ${localTime(release.until)} by ${release.owner}`,
    detail,
  ]);
  return {
    json: { brakes },
    text: table([['BRAKE', 'STATE', 'HOLDS', 'RELEASED', 'DETAIL'], ...rows]),
  };
};

/** Lets the sites that a brake holds now through. */
export function releaseBrake(brake: string, reason: string): ClientCommand {
  return async ({ client }) => {
    const view = await client.call({
      method: 'POST',
      path: `/api/v1/brakes/${encodeURIComponent(brake)}/release`,
      body: { reason },
      answer: brakeViewSchema,
    });
    const sites = view.release?.sites ?? [];
    const until = view.release === null ? '' : ` until ${localTime(view.release.until)}`;
    return {
      json: view,
      text: `Released ${brake} for ${sites.length} sites${until}: ${sites.join(', ') || 'none'}.\n`,
    };
  };
}

/** Walks the chain of the running controller's audit. */
export const verifyAudit: ClientCommand = async ({ client }) => {
  const verdict = await client.call({ path: '/api/v1/audit/verify', answer: auditVerdictSchema });
  const { newest, broken } = verdict;
  if (broken !== null) {
    return {
      json: verdict,
      isBad: true,
      text: `The audit is BROKEN at entry ${broken.seq}: ${broken.problem}\n`,
    };
  }
  const tail =
    newest === null ? 'It has no entry yet.' : `Newest entry: ${newest.seq} ${newest.hash}`;
  return { json: verdict, text: `The audit is intact.\n${tail}\n` };
};
