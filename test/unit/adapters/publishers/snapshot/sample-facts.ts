import type { NoticeFacts } from '../../../../../src/adapters/publishers/snapshot/model.ts';
import { NoticeRenderer } from '../../../../../src/adapters/publishers/snapshot/renderer.ts';
import { minute } from '../../../../../src/lib/time.ts';
import type { SnapshotBody, SnapshotEdition } from '../../../../../src/ports/snapshot.ts';

/** 13:50 in Seoul. */
export const now = Date.parse('2026-11-24T04:50:00Z');

/** A renderer with the shipped pages and words. */
export const renderer = new NoticeRenderer({ defaultLanguage: 'ko' });

/** One failure of one site, back in forty minutes. */
export function sampleFacts(more: Partial<NoticeFacts> = {}): NoticeFacts {
  return {
    site: { name: 'home01', title: { ko: '홈페이지 01', en: 'Home 01' }, noticeStatus: 503 },
    text: {
      contact: '+82 2 1234 5678',
      links: [{ url: 'https://status.example.kr/', label: { ko: '서비스 현황', en: 'Status' } }],
    },
    order: {
      site: 'home01',
      generation: 3,
      cause: 'server-failure',
      since: now - 10 * minute,
      incident: 'I-20261124-0007',
    },
    expectedRecoveryAt: now + 40 * minute,
    ...more,
  };
}

/** One body of an edition. */
export function bodyOf(
  edition: SnapshotEdition | undefined,
  language: string,
  form: `${SnapshotBody['format']} ${SnapshotBody['size']}`,
): SnapshotBody {
  const body = edition?.bodies.find(
    (candidate) =>
      candidate.language === language && `${candidate.format} ${candidate.size}` === form,
  );
  if (body === undefined) {
    throw new Error(`no ${form} in ${language}`);
  }
  return body;
}

/** The text of a body as a visitor reads it. */
export function textOf(body: SnapshotBody): string {
  return Buffer.from(body.identity, 'base64').toString();
}
