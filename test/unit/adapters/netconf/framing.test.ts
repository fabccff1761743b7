import { describe, expect, it } from 'vitest';
import {
  FrameReader,
  type Framing,
  frame,
  maxMessageBytes,
} from '../../../../src/adapters/netconf/framing.ts';

const messages = ['<hello/>', '<rpc-reply>홈페이지 ]] > ## \n#4\n</rpc-reply>', 'x'.repeat(9_000)];

function reader(framing: Framing): FrameReader {
  const frames = new FrameReader();
  if (framing === 'chunks') {
    frames.useChunks();
  }
  return frames;
}

function takeAll(frames: FrameReader): readonly string[] {
  const taken: string[] = [];
  for (let next = frames.next(); next !== undefined; next = frames.next()) {
    taken.push(next);
  }
  return taken;
}

describe.each(['marker', 'chunks'] as const)('the framing by %s', (framing) => {
  const bytes = Buffer.from(messages.map((message) => frame(message, framing)).join(''));

  it('gives every message as it was, however the bytes arrive', () => {
    for (const size of [1, 2, 3, 7, 1_000, bytes.length]) {
      const frames = reader(framing);
      const taken: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        frames.feed(bytes.subarray(at, at + size));
        taken.push(...takeAll(frames));
      }

      expect(taken).toEqual(messages);
      expect(frames.problem).toBeUndefined();
    }
  });

  it('gives no message before its end has come', () => {
    const frames = reader(framing);

    frames.feed(Buffer.from(frame('<ok/>', framing)).subarray(0, -1));

    expect(frames.next()).toBeUndefined();
    expect(frames.problem).toBeUndefined();
  });

  it('gives up a message that never ends', () => {
    const frames = reader(framing);

    frames.feed(Buffer.from('\n#1000000\n'));
    frames.feed(Buffer.alloc(1_000_000, 'x'));
    for (let mebibytes = 0; mebibytes < 5; mebibytes += 1) {
      frames.feed(Buffer.from('\n#1048576\n'));
      frames.feed(Buffer.alloc(1_048_576, 'x'));
      frames.next();
    }

    expect(frames.problem).toContain(String(maxMessageBytes));
    expect(frames.next()).toBeUndefined();
  });
});

describe('the framing by chunks', () => {
  it('puts the chunks of one message together, and never cuts a letter in two', () => {
    const frames = reader('chunks');
    const [first, rest] = [Buffer.from('한').subarray(0, 1), Buffer.from('한').subarray(1)];

    frames.feed(Buffer.concat([Buffer.from('\n#1\n'), first, Buffer.from('\n#2\n'), rest]));
    frames.feed(Buffer.from('\n##\n'));

    expect(takeAll(frames)).toEqual(['한']);
  });

  it.each([
    ['no header', 'hello'],
    ['an end without a chunk', '\n##\n'],
    ['a length of nothing', '\n#0\n\n##\n'],
    ['a length with a zero before it', '\n#05\nhello\n##\n'],
    ['a length that is none', '\n#five\nhello\n##\n'],
    ['a length past every limit', '\n#99999999999\nhello\n##\n'],
    ['bytes after a chunk', '\n#2\nhello\n##\n'],
  ])('takes %s for a broken session', (_, text) => {
    const frames = reader('chunks');

    frames.feed(Buffer.from(text));

    expect(takeAll(frames)).toEqual([]);
    expect(frames.problem).toBeDefined();
  });
});
