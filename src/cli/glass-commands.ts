import { leadershipViewSchema } from '../api/leadership/schema.ts';
import type { ClientCommand } from './client-command.ts';
import { type OrderWords, secondsOf } from './order-commands.ts';
import { localTime } from './words.ts';

const path = '/api/v1/leadership/break-glass';

/** Has the controller carry out orders although it cannot ask for the lease. */
export function breakGlass({ reason, for: length }: OrderWords): ClientCommand {
  const expiry = length === undefined ? {} : { expiresInSeconds: secondsOf(length) };
  return async ({ client }) => {
    const view = await client.call({
      method: 'PUT',
      path,
      body: { reason, ...expiry },
      answer: leadershipViewSchema,
    });
    const until = view.breakGlass === null ? '' : ` until ${localTime(view.breakGlass.until)}`;
    return {
      json: view,
      text: `This controller carries out divert and restore orders${until}, whoever holds the lease. You answer for it that no other controller acts. Automation stands still; "detour mend-glass" ends it sooner.\n`,
    };
  };
}

/** Ends that. */
export const mendGlass: ClientCommand = async ({ client }) => {
  const view = await client.call({ method: 'DELETE', path, answer: leadershipViewSchema });
  const text = view.isLeader
    ? 'This controller leads; nothing was broken.\n'
    : 'Mended: this controller carries out no orders until it leads.\n';
  return { json: view, text };
};
