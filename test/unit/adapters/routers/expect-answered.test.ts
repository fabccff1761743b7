import { describe, expect, it } from 'vitest';
import { expectAnswered } from '../../../../src/adapters/routers/expect-answered.ts';

describe('the end of a command that changes a router', () => {
  it('passes on what the router said of it, a refusal too', () => {
    const refused = { stdout: '', stderr: 'no', exitCode: 1 };

    expect(expectAnswered('edge-1', 'change', refused)).toBe(refused);
  });

  it('is unknown when the command was killed over there, and is not called a refusal', () => {
    const killed = { stdout: 'half', stderr: '', exitCode: null };

    const ask = (): unknown => expectAnswered('edge-1', 'change', killed);

    expect(ask).toThrow(
      expect.objectContaining({ code: 'DETOUR_TRANSPORT_LOST', retryable: true }),
    );
  });
});
