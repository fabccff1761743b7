import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventReader, type StreamEvent } from '../../../src/ui/api/event-reader.ts';

const stream = [
  'retry: 2000',
  '',
  ': still here',
  '',
  'id: a-1',
  'event: site',
  'data: {"kind":"site","key":"shop"}',
  '',
  'id: a-2',
  'data: first line',
  'data: second line',
  '',
  '',
].join('\n');

const events: readonly StreamEvent[] = [
  { id: 'a-1', data: '{"kind":"site","key":"shop"}' },
  { id: 'a-2', data: 'first line\nsecond line' },
];

describe('the reader of the event stream', () => {
  it('puts the same events together however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (cuts) => {
        const reader = new EventReader();
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];

        const read = places.flatMap((from, index) =>
          reader.push(stream.slice(from, places[index + 1] ?? from)),
        );

        expect(read).toEqual(events);
      }),
    );
  });

  it('gives nothing for an event that is not whole yet', () => {
    expect(new EventReader().push('id: 1\ndata: half')).toEqual([]);
  });
});
