import { describe, expect, it } from 'vitest';
import { noticeKind } from '../../../src/core/notice-kind.ts';

describe('the kind of a notice', () => {
  it.each([
    ['server-failure', 'outage'],
    ['defacement', 'outage'],
    ['operator', 'outage'],
    ['made-up-by-a-rule', 'outage'],
    ['overload', 'degraded'],
    ['workers-exhausted', 'degraded'],
    ['maintenance', 'maintenance'],
  ])('follows from the cause: %s is %s', (cause, kind) => {
    expect(noticeKind({ cause })).toBe(kind);
  });

  it('is that of a mass incident for every site of it, whatever its own cause', () => {
    expect(noticeKind({ cause: 'overload', isMass: true })).toBe('mass');
  });
});
