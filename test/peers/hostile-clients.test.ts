import { describe, expect, it } from 'vitest';
import { runHostile } from '../support/hostile/hostile-load.ts';

describe('2,400 hostile clients of every kind at once', () => {
  it('keep no good visitor from an answer, fill no memory, and are all closed in 15 s', async () => {
    const result = await runHostile({ share: 0.1, seconds: 8, isAhead: true });

    expect(result.mostSessions).toBeGreaterThan(1_500);
    expect(result.answeredShare).toBeGreaterThanOrEqual(0.999);
    expect(result.mostMemoryMib).toBeLessThan(1_024);
    expect(result.closedSeconds).toBeLessThan(15);
  });
});
