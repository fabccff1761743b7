import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { SnapshotBody } from '../../../ports/snapshot.ts';

const packWithBrotli = promisify(brotliCompress);
const packWithGzip = promisify(gzip);

/** A body of this many bytes goes out in one packet as it is; packing it would win nothing. */
const onePacketBytes = 1_200;

/** Brotli 5 costs a tenth of 11 and loses a twentieth on pages like ours; a mass event packs thousands. */
const brotliQuality = 5;

/** A body before it is packed. */
export type PlainBody = Omit<SnapshotBody, 'identity' | 'gzip' | 'br'> & { readonly text: string };

/** Packs a body off the main thread, so that probes keep their time while hundreds of notices are made. */
export async function packBody({ text, ...about }: PlainBody): Promise<SnapshotBody> {
  const bytes = Buffer.from(text);
  const identity = bytes.toString('base64');
  if (bytes.length <= onePacketBytes) {
    return { ...about, identity };
  }
  const [br, zipped] = await Promise.all([
    packWithBrotli(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        [constants.BROTLI_PARAM_LGWIN]: 16,
      },
    }),
    packWithGzip(bytes, { level: 6, memLevel: 8 }),
  ]);
  return { ...about, identity, gzip: zipped.toString('base64'), br: br.toString('base64') };
}
