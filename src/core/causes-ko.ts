import type { Cause } from './rule.ts';

const words: Readonly<Record<Cause, string>> = {
  'server-failure': '서버 장애',
  'server-error': '서버 오류',
  overload: '과부하',
  'workers-exhausted': '작업 프로세스 고갈',
  'source-flood': '한 출발지의 과다 접속',
  'self-include': '자기 호출',
  'memory-exhausted': '메모리 고갈',
  'network-failure': '회선 장애',
  'tls-failure': 'TLS 장애',
  defacement: '화면 변조',
  maintenance: '점검',
  'shared-address': '공유 주소',
  operator: '운영자 명령',
  unknown: '알 수 없음',
};

/** Kinds of failure with words of their own, as a phrasebook has them. */
export const causePhrasesKo = Object.entries(words);

/** A kind of failure in Korean; one that a rule file made up stays as it is. */
export function causeKo(cause: string): string {
  return causePhrasesKo.find(([known]) => known === cause)?.[1] ?? cause;
}
