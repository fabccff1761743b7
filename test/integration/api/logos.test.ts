import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openLogoFitter } from '../../../src/adapters/logos/fit-logo.ts';
import { openApiBench } from '../../fakes/api-bench.ts';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG in shades of grey that hardly compress, as bytes of a photograph do. */
function pngOf(width: number, height: number, shade: (at: number) => number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.writeUInt8(8, 8);
  const rows = Buffer.alloc((width + 1) * height);
  for (let at = 0; at < rows.length; at += 1) {
    rows[at] = at % (width + 1) === 0 ? 0 : shade(at);
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The same for the same point, and like no other (the last steps of MurmurHash3). */
function noise(at: number): number {
  const mixed = Math.imul(at ^ (at >>> 16), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 24;
}

const large = pngOf(600, 300, noise);

const dataUrl = (png: Buffer): string => `data:image/png;base64,${png.toString('base64')}`;

interface Written {
  readonly status: number;
  readonly logo: Buffer;
  readonly words: string;
}

/** Writes a notice with this logo, and what the API says of it. */
async function write(logo: string, canFit = true): Promise<Written> {
  const fitLogo = openLogoFitter(() => canFit);
  await using bench = await openApiBench(fitLogo === undefined ? {} : { fitLogo });
  const answer = await bench.ask('operator', {
    method: 'PUT',
    url: '/api/v1/sites/home01/notice',
    payload: { logo },
  });
  const kept = /"logo":"data:image\/webp;base64,([^"]+)"/.exec(answer.body)?.[1] ?? '';
  return {
    status: answer.statusCode,
    logo: Buffer.from(kept, 'base64'),
    words: String(answer.json().errors?.[0]?.message ?? ''),
  };
}

describe('a logo of more than 8,000 bytes', () => {
  it('is kept as a small rendition', async () => {
    const { status, logo } = await write(dataUrl(large));

    expect(large.length).toBeGreaterThan(100_000);
    expect(status).toBe(200);
    expect(logo.subarray(8, 12).toString('latin1')).toBe('WEBP');
    expect(logo.length).toBeLessThanOrEqual(8_000);
  });

  it('is refused above 256 kB, whatever it is', async () => {
    const { status, words } = await write(dataUrl(Buffer.concat([large, Buffer.alloc(200_000)])));

    expect(status).toBe(400);
    expect(words).toContain('must be at most 262144 bytes');
  });

  it('is refused in words when it is no picture after its first bytes', async () => {
    const torn = Buffer.concat([large.subarray(0, 60), Buffer.alloc(20_000, 7)]);

    const { status, words } = await write(dataUrl(torn));

    expect(status).toBe(422);
    expect(words).toContain('could not be made smaller');
  });

  it('is refused when it says that it has more points than anybody looks at', async () => {
    const bomb = pngOf(30_000, 3_000, () => 0);

    const { status, words } = await write(dataUrl(bomb));

    expect(bomb.length).toBeLessThan(256 * 1024);
    expect(status).toBe(422);
    expect(words).toContain('pixel limit');
  });

  it('is refused with the remedy where nothing is installed that makes it smaller', async () => {
    const { status, words } = await write(dataUrl(large), false);

    expect(status).toBe(422);
    expect(words).toContain('have the package sharp installed');
  });
});
