import type { JSX } from 'preact';
import { BlockedSources } from './blocked-sources.tsx';
import { LimitsPanel } from './limits-panel.tsx';
import { NoticeNow } from './notice-now.tsx';

/** What the notice plane lets in, and whom it keeps out. */
export function LimitsRoom(): JSX.Element {
  return (
    <>
      <NoticeNow />
      <LimitsPanel />
      <BlockedSources />
    </>
  );
}
