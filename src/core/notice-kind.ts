import type { NoticeOrder } from './command.ts';

/** Kinds of notice, each with a page of its own: a failure, a site that is up but not for everybody, planned work, and many sites at once. */
export const noticeKinds = ['outage', 'degraded', 'maintenance', 'mass'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** Causes under which the server still stands but cannot serve all who come. */
const degradedCauses: readonly string[] = [
  'server-error',
  'overload',
  'workers-exhausted',
  'source-flood',
  'self-include',
  'memory-exhausted',
];

/** Which kind of notice a diversion gets: what many share comes before each site's own cause. */
export function noticeKind({ cause, isMass }: Pick<NoticeOrder, 'cause' | 'isMass'>): NoticeKind {
  if (isMass === true) {
    return 'mass';
  }
  if (cause === 'maintenance') {
    return 'maintenance';
  }
  return degradedCauses.includes(cause) ? 'degraded' : 'outage';
}
