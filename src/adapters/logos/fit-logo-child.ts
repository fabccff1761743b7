import { buffer } from 'node:stream/consumers';

/**
 * The program that reads a picture of a stranger: bytes on standard input, a WebP on standard output, and the end.
 * Its first argument is the most bytes that may come out. It runs alone, without secrets, files or network, so that a
 * picture made to break the decoder breaks nothing else.
 */
const maxBytes = Number(process.argv[2]);

/** A decoded picture takes four bytes for each pixel: this is 64 MiB. */
const maxPixels = 16_000_000;

/** Twice as wide as it is shown, for dense screens; then smaller. */
const widths = [480, 320, 240, 160];
const qualities = [85, 70, 50, 30];

async function shrunk(picture: Buffer): Promise<Buffer | undefined> {
  const { default: sharp } = await import('sharp');
  for (const width of widths) {
    for (const quality of qualities) {
      const small = await sharp(picture, { limitInputPixels: maxPixels, failOn: 'error' })
        .rotate()
        .resize({ width, height: width / 2, fit: 'inside', withoutEnlargement: true })
        .webp({ quality, effort: 6 })
        .toBuffer();
      if (small.length <= maxBytes) {
        return small;
      }
    }
  }
  return undefined;
}

try {
  const small = await shrunk(await buffer(process.stdin));
  if (small === undefined) {
    process.stderr.write(`it cannot be made to fit into ${maxBytes} bytes`);
    process.exitCode = 65;
  } else {
    process.stdout.write(small);
  }
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 65;
}
