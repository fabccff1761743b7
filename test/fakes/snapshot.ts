import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { PassThrough } from '../../src/core/site.ts';
import { neutralSite, writeMarker } from '../../src/lib/marker.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../../src/ports/notice-limits.ts';
import {
  type Challenge,
  type Snapshot,
  type SnapshotBlock,
  type SnapshotBody,
  type SnapshotEdition,
  type SnapshotSite,
  snapshotFile,
  snapshotKeyFile,
  type WholeSnapshot,
} from '../../src/ports/snapshot.ts';

/** A key pair as the control plane has one. */
export interface SnapshotKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function makeKeys(): SnapshotKeys {
  return generateKeyPairSync('ed25519');
}

const contentTypes = {
  html: 'text/html; charset=utf-8',
  json: 'application/problem+json',
  text: 'text/plain; charset=utf-8',
} as const;

function fakeBody(
  text: string,
  about: Pick<SnapshotBody, 'language' | 'format' | 'size'>,
): SnapshotBody {
  const bytes = Buffer.from(text);
  return {
    ...about,
    contentType: contentTypes[about.format],
    identity: bytes.toString('base64'),
    gzip: gzipSync(bytes).toString('base64'),
    br: brotliCompressSync(bytes).toString('base64'),
  };
}

/** Bodies in both languages, every format and both sizes; each says the words, its language, format and size. */
export function fakeBodies(words: string, fullBytes = 0): readonly SnapshotBody[] {
  return (['ko', 'en'] as const).flatMap((language) =>
    (['html', 'json', 'text'] as const).flatMap((format) =>
      (['full', 'small'] as const).map((size) => {
        const text = `${words} [${language} ${format} ${size}]`;
        const padding = size === 'full' ? Math.max(0, fullBytes - text.length) : 0;
        return fakeBody(text + ' '.repeat(padding), { language, format, size });
      }),
    ),
  );
}

export interface FakeSite {
  readonly name: string;
  readonly hostnames?: readonly string[];
  readonly addresses?: readonly string[];
  readonly generation?: number;
  readonly status?: number;
  readonly words?: string;
  readonly fullBytes?: number;
  readonly expectedRecoveryAt?: number;
  readonly isSmallOnly?: boolean;
  readonly needsHttps?: true;
  readonly passThrough?: PassThrough;
  readonly editions?: readonly SnapshotEdition[];
}

export interface FakeSnapshot {
  readonly keys: SnapshotKeys;
  readonly generation?: number;
  readonly writtenAt?: number;
  readonly limits?: Partial<NoticeLimits>;
  readonly sites?: readonly FakeSite[];
  readonly defaultLanguage?: string;
  readonly challenges?: readonly Challenge[];
  readonly blocked?: readonly SnapshotBlock[];
}

function fakeSite(site: FakeSite, { privateKey }: SnapshotKeys): SnapshotSite {
  const generation = site.generation ?? 1;
  return {
    name: site.name,
    hostnames: site.hostnames ?? [`${site.name}.example.kr`],
    addresses: site.addresses ?? [],
    generation,
    marker: writeMarker({ site: site.name, generation }, privateKey),
    status: site.status ?? 503,
    ...(site.expectedRecoveryAt === undefined
      ? {}
      : { expectedRecoveryAt: site.expectedRecoveryAt }),
    isSmallOnly: site.isSmallOnly ?? false,
    ...(site.needsHttps === undefined ? {} : { needsHttps: site.needsHttps }),
    ...(site.passThrough === undefined ? {} : { passThrough: site.passThrough }),
    contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'",
    editions: site.editions ?? [
      { bodies: fakeBodies(site.words ?? `notice of ${site.name}`, site.fullBytes) },
    ],
  };
}

/** A snapshot as a publisher of an earlier version made it, small and plain, with every site whole. */
export function fakeSnapshot(options: FakeSnapshot): WholeSnapshot {
  const { keys, generation = 1, sites = [] } = options;
  return {
    format: 1,
    generation,
    writtenAt: options.writtenAt ?? Date.now(),
    defaultLanguage: options.defaultLanguage ?? 'ko',
    limits: { ...defaultNoticeLimits, ...options.limits },
    sites: sites.map((site) => fakeSite(site, keys)),
    ...(options.challenges === undefined ? {} : { challenges: options.challenges }),
    ...(options.blocked === undefined ? {} : { blocked: options.blocked }),
    neutral: {
      generation: 0,
      marker: writeMarker({ site: neutralSite, generation: 0 }, keys.privateKey),
      status: 503,
      isSmallOnly: false,
      contentSecurityPolicy: "default-src 'none'",
      editions: [{ bodies: fakeBodies('neutral notice') }],
    },
  };
}

/** The signed file's text. */
export function signedText(snapshot: Snapshot, { privateKey }: SnapshotKeys): string {
  const text = JSON.stringify(snapshot);
  return JSON.stringify({
    snapshot: text,
    signature: sign(null, Buffer.from(text), privateKey).toString('base64'),
  });
}

/** Writes snapshot and key into the hand-over folder, each at one stroke. */
export async function handOver(
  folder: string,
  snapshot: Snapshot,
  keys: SnapshotKeys,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const pem = keys.publicKey.export({ type: 'spki', format: 'pem' });
  await writeWhole(join(folder, snapshotKeyFile), pem.toString());
  await writeWhole(join(folder, snapshotFile), signedText(snapshot, keys));
}

/** Writes a file beside its place and moves it there, as publishers do. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
