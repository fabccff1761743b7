import type { EpochMs } from '../../../lib/time.ts';
import type { RenderedNotice } from '../../../ports/notice-publisher.ts';
import { markerHeader, type SnapshotBody, type SnapshotSite } from '../../../ports/snapshot.ts';
import { retryAfterSeconds } from './plain-bodies.ts';

/** Bounds of Retry-After: never so short that clients hammer, never so long that they miss the return. */
const leastRetrySeconds = 30;
const mostRetrySeconds = 3_600;

/** What the request asked for, and when. */
export interface Asked {
  readonly language: string;
  readonly format: SnapshotBody['format'];
  readonly now: EpochMs;
}

function retryAfter(site: SnapshotSite, now: EpochMs): number {
  if (site.expectedRecoveryAt === undefined || site.expectedRecoveryAt <= now) {
    return retryAfterSeconds;
  }
  const seconds = Math.ceil((site.expectedRecoveryAt - now) / 1_000);
  return Math.min(mostRetrySeconds, Math.max(leastRetrySeconds, seconds));
}

/** The answer that the notice plane would give, uncompressed, without Date and the random part of Retry-After. */
export function servedNotice(site: SnapshotSite, { language, format, now }: Asked): RenderedNotice {
  const edition = site.editions.find(({ until }) => until === undefined || until > now);
  const bodies = (edition?.bodies ?? []).filter(
    (candidate) => candidate.format === format && candidate.size === 'full',
  );
  const body = bodies.find((candidate) => candidate.language === language) ?? bodies[0];
  if (body === undefined) {
    throw new Error(`No ${format} body was rendered for ${site.name}`);
  }
  const bytes = Buffer.from(body.identity, 'base64');
  return {
    contentType: body.contentType,
    status: site.status,
    headers: {
      ...(site.status >= 300 ? { 'Retry-After': String(retryAfter(site, now)) } : {}),
      'Content-Type': body.contentType,
      'Content-Language': body.language,
      Vary: 'Accept, Accept-Language, Accept-Encoding',
      'Cache-Control': 'no-store',
      'X-Robots-Tag': 'noindex',
      'X-Content-Type-Options': 'nosniff',
      ...(format === 'html' ? { 'Content-Security-Policy': site.contentSecurityPolicy } : {}),
      [markerHeader]: site.marker,
      'Content-Length': String(bytes.length),
    },
    body: bytes.toString(),
    wireBytes: Buffer.from(body.br ?? body.identity, 'base64').length,
  };
}
