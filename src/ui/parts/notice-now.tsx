import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { StatusView } from '../../api/status/schema.ts';
import { useClient, useNow, useWords } from './page-context.ts';
import { Fact } from './small.tsx';

/** Counts change without news, so they are asked for at this pace while somebody looks. */
const askEveryMs = 3_000;

function bytesOf(bytes: number, language: string): string {
  const unit = bytes >= 1e9 ? 'gigabyte' : 'megabyte';
  const value = bytes / (bytes >= 1e9 ? 1e9 : 1e6);
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    maximumFractionDigits: 1,
  }).format(value);
}

/** What the limits below stand against: the sessions of the notice process beside this controller. */
export function NoticeNow(): JSX.Element | null {
  const { noticeNow: words, language } = useWords();
  const client = useClient();
  const now = useNow(askEveryMs);
  const [notice, setNotice] = useState<StatusView['notice']>();
  // A question that fails is asked again soon, and the top of the page says that nothing is live.
  useEffect(() => {
    client.ask<StatusView>('/status').then(
      (status) => setNotice(status.notice),
      () => undefined,
    );
  }, [client, now]);
  if (notice === undefined) {
    return null;
  }
  if (notice === null) {
    return <p class="card bad">{words.silent}</p>;
  }
  const number = new Intl.NumberFormat(language);
  return (
    <section class="card" aria-label={words.title}>
      <dl class="facts">
        <Fact name={words.sessions}>{number.format(notice.sessions)}</Fact>
        <Fact name={words.passedSessions}>{number.format(notice.passedSessions)}</Fact>
        <Fact name={words.passedBytes}>{bytesOf(notice.passedBytes, language)}</Fact>
        <Fact name={words.ladder}>{words.ladders[notice.ladder]}</Fact>
      </dl>
    </section>
  );
}
