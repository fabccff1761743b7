import type { NoticePublisher } from '../../src/ports/notice-publisher.ts';

/** What a notice plane does besides showing notices: none of it matters to a simulated estate, and all of it succeeds. */
export const quietPublisher: Omit<NoticePublisher, 'publish' | 'awaitPassed' | 'withdraw'> = {
  register: () => Promise.resolve(),
  setLimits: () => Promise.resolve(),
  setChallenges: () => Promise.resolve(),
  setBlocked: () => Promise.resolve(),
  setSmallPage: () => Promise.resolve(),
  restyle: () => Promise.resolve(),
  preview: () =>
    Promise.resolve({
      contentType: 'text/plain',
      status: 503,
      headers: {},
      body: '',
      wireBytes: 0,
    }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
