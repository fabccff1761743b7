import type { NoticeFacts } from '../../src/adapters/publishers/snapshot/model.ts';
import type { NoticeRenderer } from '../../src/adapters/publishers/snapshot/renderer.ts';
import { hour, minute } from '../../src/lib/time.ts';
import type { SnapshotBody } from '../../src/ports/snapshot.ts';

/** A page that a visitor can meet, by what it is about. */
export interface ShownNotice {
  readonly name: string;
  readonly size: SnapshotBody['size'];
  readonly cause: string;
  readonly isMass?: true;
  /** From now until the recovery that somebody named; past ones are negative, none is left out. */
  readonly backInMs?: number;
}

/** Every kind of page in every tone, and planned work before and after its planned end. */
export const shownNotices: readonly ShownNotice[] = [
  { name: 'outage', size: 'full', cause: 'server-failure', backInMs: 40 * minute },
  { name: 'outage of unknown length', size: 'full', cause: 'network-failure' },
  { name: 'degraded service', size: 'full', cause: 'overload', backInMs: 3 * hour },
  { name: 'planned work', size: 'full', cause: 'maintenance', backInMs: 2 * hour },
  { name: 'planned work past its end', size: 'full', cause: 'maintenance', backInMs: -minute },
  { name: 'mass incident', size: 'full', cause: 'server-failure', isMass: true, backInMs: hour },
  { name: 'closed by its owner', size: 'full', cause: 'operator' },
  { name: 'safety notice', size: 'full', cause: 'defacement' },
  { name: 'small page', size: 'small', cause: 'server-failure', backInMs: 40 * minute },
];

const onePixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** All that a notice can say, in words of both languages. */
export function fullFacts(shown: ShownNotice, now: number): NoticeFacts {
  return {
    site: { name: 'home01', title: { ko: '홈페이지 01', en: 'Home 01' }, noticeStatus: 503 },
    text: {
      message: {
        ko: '## 지금 하는 일\n예비 장비로 **옮기는 중**입니다.\n\n- 접수한 서류는 안전합니다.\n- [현황 보기](https://status.example.kr/)\n\n> 불편을 드려 죄송합니다.',
        en: '## What we do\nWe are **moving** to spare machines.\n\n- What you handed in is safe.\n- [See how it goes](https://status.example.kr/)\n\n> We are sorry for the trouble.',
      },
      contact: '+82 2 1234 5678',
      logo: onePixel,
      links: [
        { url: 'https://status.example.kr/', label: { ko: '서비스 현황', en: 'Service status' } },
        { url: 'https://m.example.kr/', label: { ko: '전화·방문 접수 안내', en: 'By phone' } },
      ],
    },
    order: {
      site: 'home01',
      generation: 1,
      cause: shown.cause,
      since: now - 10 * minute,
      incident: 'I-20261124-0007',
      ...(shown.isMass ? { isMass: true } : {}),
    },
    ...(shown.backInMs === undefined ? {} : { expectedRecoveryAt: now + shown.backInMs }),
  };
}

/** The page that a visitor would get now. */
export async function pageOf(
  renderer: NoticeRenderer,
  shown: ShownNotice,
  language: string,
  now: number,
): Promise<string> {
  const [edition] = await renderer.notice(fullFacts(shown, now), now);
  const body = edition?.bodies.find(
    (one) => one.language === language && one.format === 'html' && one.size === shown.size,
  );
  if (body === undefined) {
    throw new Error(`no ${shown.size} page in ${language}`);
  }
  return Buffer.from(body.identity, 'base64').toString();
}
