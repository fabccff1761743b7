import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { SiteView } from '../../api/sites/schema.ts';
import { orderedSites } from '../state/order.ts';
import { useKeys } from './keys.ts';
import { useTell, useWords, useWorld } from './page-context.ts';
import { Ago, Phase, Verdict } from './small.tsx';

/** Rows have one height, so that of thousands only those in sight are drawn. */
const rowPx = 52;
const rowsBeyond = 8;

const phases: readonly SiteView['phase'][] = [
  'suspect',
  'diverting',
  'diverted',
  'recovering',
  'restoring',
  'held',
  'serving',
];

function PhaseChips({
  chosen,
  onChoose,
}: {
  readonly chosen: SiteView['phase'] | undefined;
  readonly onChoose: (phase: SiteView['phase'] | undefined) => void;
}): JSX.Element {
  const words = useWords();
  const { status } = useWorld();
  const counts = status?.sites.byPhase;
  return (
    <fieldset class="chips">
      <legend class="hidden">{words.column.phase}</legend>
      <button type="button" aria-pressed={chosen === undefined} onClick={() => onChoose(undefined)}>
        {words.action.all} <b>{status?.sites.total ?? 0}</b>
      </button>
      {phases
        .filter((phase) => (counts?.[phase] ?? 0) > 0 || phase === chosen)
        .map((phase) => (
          <button
            key={phase}
            type="button"
            aria-pressed={chosen === phase}
            onClick={() => onChoose(chosen === phase ? undefined : phase)}
          >
            <Phase phase={phase} /> <b>{counts?.[phase] ?? 0}</b>
          </button>
        ))}
    </fieldset>
  );
}

function Row({
  site,
  isChosen,
}: {
  readonly site: SiteView;
  readonly isChosen: boolean;
}): JSX.Element {
  const words = useWords();
  const tell = useTell();
  const { unready } = useWorld();
  const said = site.question?.told ?? site.heldBack?.told;
  const note =
    said === undefined
      ? (site.override?.reason ?? words.term('causes', site.cause ?? ''))
      : tell(said);
  return (
    <a
      class="row"
      href={`#/sites/${site.name}`}
      aria-current={isChosen ? 'true' : undefined}
      style={{ height: `${rowPx}px` }}
    >
      <span class="row-name">
        <strong>{site.title[words.language] ?? site.name}</strong>
        {unready.has(site.name) && (
          <span class="unready">
            <span aria-hidden="true"> ▲</span> {words.sites.unready}
          </span>
        )}
        <span class="faint"> {site.name}</span>
      </span>
      <span class="row-phase">
        <Phase phase={site.phase} />
      </span>
      <span class="row-verdict">
        <Verdict verdict={site.verdict} />
      </span>
      <span class="row-mode faint">{words.mode[site.mode]}</span>
      <span class="row-since faint">
        <Ago at={site.since} />
      </span>
      <span class="row-note faint">{note}</span>
    </a>
  );
}

/** Which rows are in sight of a list that scrolls. */
function useSight(count: number): {
  readonly box: { current: HTMLDivElement | null };
  readonly first: number;
  readonly last: number;
} {
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ first: 0, last: 40 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) {
      return;
    }
    const look = (): void => {
      const top = Math.max(0, element.scrollTop);
      setSight({
        first: Math.max(0, Math.floor(top / rowPx) - rowsBeyond),
        last: Math.ceil((top + element.clientHeight) / rowPx) + rowsBeyond,
      });
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      element.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, []);
  return { box, first: Math.min(sight.first, count), last: Math.min(sight.last, count) };
}

/** Opens the next or previous site of a list. */
function openNext(shown: readonly SiteView[], chosen: string | undefined, step: number): void {
  const at = shown.findIndex(({ name }) => name === chosen);
  const next = shown[Math.min(shown.length - 1, Math.max(0, at + step))];
  if (next !== undefined) {
    location.hash = `#/sites/${next.name}`;
  }
}

/** Every site, the most urgent first; filtered by words and phase. */
export function SiteList({ chosen }: { readonly chosen: string | undefined }): JSX.Element {
  const words = useWords();
  const { sites } = useWorld();
  const [text, setText] = useState('');
  const [phase, setPhase] = useState<SiteView['phase']>();
  const search = useRef<HTMLInputElement>(null);
  const shown = useMemo(() => orderedSites(sites.values(), { text, phase }), [sites, text, phase]);
  const { box, first, last } = useSight(shown.length);
  useKeys({
    '/': () => search.current?.focus(),
    j: () => openNext(shown, chosen, 1),
    k: () => openNext(shown, chosen, -1),
  });
  return (
    <section class="sites" aria-label={words.nav.sites}>
      <div class="filter">
        <input
          ref={search}
          type="search"
          aria-label={words.field.search}
          placeholder={words.field.search}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <span class="faint">{words.sites.shown(shown.length, sites.size)}</span>
      </div>
      <PhaseChips chosen={phase} onChoose={setPhase} />
      <div class="rows" ref={box}>
        {shown.length === 0 && (
          <p class="faint empty">{sites.size === 0 ? words.sites.noneAtAll : words.sites.none}</p>
        )}
        <div style={{ height: `${shown.length * rowPx}px`, position: 'relative' }}>
          <div style={{ transform: `translateY(${first * rowPx}px)` }}>
            {shown.slice(first, last).map((site) => (
              <Row key={site.name} site={site} isChosen={site.name === chosen} />
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}
