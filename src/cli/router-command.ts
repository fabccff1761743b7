import {
  type RouterRoutes,
  type RouterStanding,
  routerListSchema,
  routerRoutesSchema,
} from '../api/routers/schema.ts';
import type { ClientCommand } from './client-command.ts';
import { printable, table } from './table.ts';
import { age } from './words.ts';

function standingRow(router: RouterStanding, now: number): readonly string[] {
  const { name, isReadable, readAt, observed, desired, error } = router;
  return [
    name,
    isReadable ? 'readable' : 'UNREADABLE',
    readAt === null ? '-' : age(readAt, now),
    `${observed.length} of ${desired.length}`,
    error ?? '',
  ];
}

/** One line for each router in trouble; none when all are well. */
export function routerTroubles(routers: readonly RouterStanding[]): readonly string[] {
  return routers.flatMap(({ name, error }) => (error === null ? [] : [`ROUTER ${name}: ${error}`]));
}

/** Shows every router as it was last read. */
export const showRouters: ClientCommand = async ({ client }) => {
  const { routers } = await client.call({ path: '/api/v1/routers', answer: routerListSchema });
  const rows = routers.map((router) => standingRow(router, Date.now()));
  return {
    json: { routers },
    text: table([['ROUTER', 'STATE', 'READ', 'ROUTES', 'TROUBLE'], ...rows]),
  };
};

function planLines({ lines, plan }: RouterRoutes): readonly string[] {
  if (plan === null) {
    return [];
  }
  return lines.length === 0
    ? ['It has the routes that it should have.']
    : ['Still to be sent:', ...lines.map((line) => `  ${line}`)];
}

/** Reads one router now and shows what it has and lacks; changes nothing. */
export function readRouter(router: string): ClientCommand {
  return async ({ client }) => {
    const view = await client.call({
      path: `/api/v1/routers/${encodeURIComponent(router)}/routes`,
      answer: routerRoutesSchema,
    });
    const { error, observed, foreign } = view;
    const said = [
      error === null ? `${router} was read just now.` : `${router} could not be read: ${error}`,
      ...observed.map(
        ({ prefix, nextHop, isInstalled }) =>
          `  ${prefix} via ${nextHop}${isInstalled ? '' : ', accepted but not installed'}`,
      ),
      ...foreign.map(({ prefix, nextHop }) => `  ${prefix} via ${nextHop}, not ours`),
      ...planLines(view),
    ];
    const text = said.map((line) => `${printable(line)}\n`).join('');
    return { json: view, text, ...(error === null ? {} : { isBad: true }) };
  };
}
