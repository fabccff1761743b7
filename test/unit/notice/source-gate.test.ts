import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/notice/source.ts';
import { SourceGate } from '../../../src/notice/source-gate.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../../../src/ports/notice-limits.ts';

interface Bench {
  readonly gate: SourceGate;
  readonly abusive: string[];
  /** Opens one session and says what stands against it. */
  knock(address: string, nowMs?: number, isShort?: boolean): string | undefined;
  source(address: string): Source;
}

function bench(limits: Partial<NoticeLimits>): Bench {
  const abusive: string[] = [];
  const gate = new SourceGate({ ...defaultNoticeLimits, sourceNewPerSecond: 1e6 }, ({ key }) =>
    abusive.push(key),
  );
  gate.setLimits({ ...defaultNoticeLimits, sourceNewPerSecond: 1e6, ...limits });
  return {
    gate,
    abusive,
    knock: (address, nowMs = 0, isShort = false) => {
      const source = gate.find(address, false);
      const refused = gate.refuse(source, nowMs, isShort);
      if (refused === undefined) {
        gate.hold(source);
      }
      return refused;
    },
    source: (address) => gate.find(address, false),
  };
}

const letIn = (results: readonly (string | undefined)[]): number =>
  results.filter((result) => result === undefined).length;

const link = (n: number): string => `2001:db8:1:${n.toString(16)}::1`;

describe('limits of a source', () => {
  it('hold all links of one customer’s line together, and all lines of one organisation', () => {
    const { knock } = bench({ sourceSessions: 2, source56Sessions: 5, source48Sessions: 8 });
    const line = Array.from({ length: 20 }, (_, n) => knock(link(n % 10)));
    const other = Array.from({ length: 20 }, (_, n) => knock(link(0x100 + (n % 10))));

    expect(letIn(line)).toBe(5);
    expect(letIn(other)).toBe(3);
    expect(knock('2001:db8:2::1')).toBeUndefined();
  });

  it('leave every count where it was when a session has ended', () => {
    const { gate, knock, source } = bench({ sourceSessions: 1, source56Sessions: 1 });
    knock(link(1));
    expect(knock(link(2))).toBe('source-sessions');

    gate.leave(source(link(1)));

    expect(knock(link(2))).toBeUndefined();
  });

  it('hold the new sessions of a line in the ratio of its sessions', () => {
    const { gate, knock, source } = bench({
      sourceSessions: 10,
      sourceNewPerSecond: 10,
      source56Sessions: 20,
    });
    const results = Array.from({ length: 50 }, (_, n) => {
      const refused = knock(link(n % 25));
      if (refused === undefined) {
        gate.leave(source(link(n % 25)));
      }
      return refused;
    });

    expect(letIn(results)).toBe(20);
  });

  it('are wider for listed sources, at any load', () => {
    const { knock } = bench({
      sourceSessions: 2,
      largeSources: ['203.0.113.0/24'],
      largeSourceSessions: 6,
    });

    const listed = Array.from({ length: 10 }, () => knock('203.0.113.9', 0, true));
    const plain = Array.from({ length: 10 }, () => knock('198.51.100.9', 0, true));

    expect([letIn(listed), letIn(plain)]).toEqual([6, 2]);
  });

  it('are wider for a crowd behind one address, as long as the whole is not short', () => {
    const { gate, knock, source } = bench({ sourceSessions: 2, largeSourceSessions: 6 });
    for (let shape = 0; shape < 6; shape += 1) {
      gate.answered(source('198.51.100.9'), shape);
    }

    const whenIdle = Array.from({ length: 4 }, () => knock('198.51.100.9'));
    const whenShort = Array.from({ length: 4 }, () => knock('198.51.100.9', 0, true));

    expect([letIn(whenIdle), letIn(whenShort)]).toEqual([4, 0]);
  });
});

const blocking = { refusals: 10, withinMs: 60_000, blockMs: 600_000 };

describe('a source that goes on abusing', () => {
  it('is named once it was refused often enough within the window', () => {
    const { abusive, knock } = bench({ sourceSessions: 1, blocking });
    const knocks = (count: number, nowMs: number): void => {
      for (let n = 0; n < count; n += 1) {
        knock('198.51.100.9', nowMs);
      }
    };

    knocks(10, 0);
    knocks(9, 60_001);
    expect(abusive).toEqual([]);

    knocks(1, 60_002);
    expect(abusive).toEqual(['198.51.100.9']);
    // It is named again only after as many refusals again.
    knocks(9, 60_003);
    expect(abusive).toHaveLength(1);
  });

  it('is named as a /64 when it has one', () => {
    const { abusive, knock } = bench({ sourceSessions: 1, blocking });
    for (let n = 0; n < 11; n += 1) {
      knock(`2001:db8:1:2::${n}`);
    }

    expect(abusive).toEqual(['2001:db8:1:2::/64']);
  });

  it('is named for misbehaving, without any refusal', () => {
    const { abusive, gate, source } = bench({ blocking });
    for (let n = 0; n < 10; n += 1) {
      gate.offence(source('198.51.100.9'), n);
    }

    expect(abusive).toEqual(['198.51.100.9']);
  });

  it('is never one that stands for many people because of its number alone', () => {
    const { abusive, gate, knock, source } = bench({
      sourceSessions: 1,
      largeSources: ['203.0.113.0/24'],
      largeSourceSessions: 1,
      blocking,
    });
    for (let shape = 0; shape < 6; shape += 1) {
      gate.answered(source('198.51.100.9'), shape);
    }
    for (let n = 0; n < 1_000; n += 1) {
      knock('203.0.113.9');
      knock('198.51.100.9');
    }

    expect(abusive).toEqual([]);
  });

  it('may be one that stands for many people when it misbehaves more than it behaves', () => {
    const { abusive, gate, source } = bench({ largeSources: ['203.0.113.0/24'], blocking });
    const carrier = source('203.0.113.9');
    for (let n = 0; n < 30; n += 1) {
      gate.offence(carrier, n);
      gate.answered(carrier, 1);
      gate.answered(carrier, 1);
    }
    expect(abusive).toEqual([]);

    for (let n = 0; n < 60; n += 1) {
      gate.offence(carrier, 100 + n);
    }
    expect(abusive).toContain('203.0.113.9');
  });

  it('is never one that a proxy speaks for: the kernel sees the proxy', () => {
    const { abusive, gate } = bench({ sourceSessions: 1, blocking });
    const client = gate.find('198.51.100.9', true);
    for (let n = 0; n < 100; n += 1) {
      gate.offence(client, n);
    }

    expect(abusive).toEqual([]);
  });

  it('is nobody when blocking is off', () => {
    const { abusive, gate, source } = bench({ blocking: { ...blocking, refusals: 0 } });
    for (let n = 0; n < 100; n += 1) {
      gate.offence(source('198.51.100.9'), n);
    }

    expect(abusive).toEqual([]);
  });
});
