import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asTelnet, IacFilter } from '../../../../src/adapters/transports/telnet/iac-filter.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('the telnet protocol', () => {
  it('is answered and taken out of what FRR says first', () => {
    const filter = new IacFilter();

    const { text, reply } = filter.feed(
      Buffer.concat([hex('fffb01 fffb03 fffe22 fffd1f'), Buffer.from('\r\nPassword: ')]),
    );

    expect(text.toString()).toBe('\r\nPassword: ');
    // Echo yes, go-ahead suppressed yes, our window: 511 columns (the 255 doubled) and 1,000 rows.
    expect(reply).toEqual(hex('fffd01 fffd03 fffb1f fffa1f 01ffff ffff 03e8 fff0'));
  });

  it('tells its terminal when asked, and refuses what it does not know', () => {
    const filter = new IacFilter();

    const { reply } = filter.feed(hex('fffd18 fffd20 fffb25 fffa1801fff0'));

    expect(reply).toEqual(
      Buffer.concat([hex('fffb18 fffc20 fffe25 fffa1800'), Buffer.from('dumb'), hex('fff0')]),
    );
  });

  it('answers only changes, so that no two sides answer each other for ever', () => {
    const filter = new IacFilter();
    filter.feed(hex('fffb01 fffd03'));

    expect(filter.feed(hex('fffb01 fffd03')).reply).toHaveLength(0);
    expect(filter.feed(hex('fffc01 fffe03')).reply).toEqual(hex('fffe01 fffc03'));
    expect(filter.feed(hex('fffc01 fffe03')).reply).toHaveLength(0);
  });

  it('keeps 8-bit text, doubled 255 and carriage returns whole', () => {
    const said = Buffer.concat([Buffer.from('한글\r\0\r\n'), hex('ffff')]);

    const { text } = new IacFilter().feed(said);

    expect(text).toEqual(Buffer.concat([Buffer.from('한글\r\r\n'), hex('ff')]));
  });

  it('reads the same in whatever pieces it comes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
        const whole = new IacFilter().feed(bytes);
        const filter = new IacFilter();
        const parts = [filter.feed(bytes.subarray(0, at)), filter.feed(bytes.subarray(at))];

        expect(Buffer.concat(parts.map(({ text }) => text))).toEqual(whole.text);
        expect(Buffer.concat(parts.map(({ reply }) => reply))).toEqual(whole.reply);
      }),
    );
  });

  it('sends a line with CR NUL, which no device takes for two lines', () => {
    expect(asTelnet('end\n')).toEqual(Buffer.from('end\r\0'));
  });
});
