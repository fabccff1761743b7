import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Place, placeOf, type Room, rooms } from '../state/place.ts';
import { AuditPanel } from './audit-panel.tsx';
import { Banners } from './banners.tsx';
import { BrakesPanel } from './brakes-panel.tsx';
import { FreezeButton } from './freeze-button.tsx';
import { Help } from './help.tsx';
import { IncidentsPanel } from './incidents-panel.tsx';
import { useKeys } from './keys.ts';
import { LimitsRoom } from './limits-room.tsx';
import { MaintenancePanel } from './maintenance-panel.tsx';
import { NodesPanel } from './nodes-panel.tsx';
import { useWords, useWorld } from './page-context.ts';
import { RoutersPanel } from './routers-panel.tsx';
import { SiteDetail } from './site-detail.tsx';
import { SiteList } from './site-list.tsx';

export interface WorkplaceProps {
  readonly onLanguage: (language: string) => void;
  readonly onSignOut: () => void;
}

const panels: Readonly<Record<Exclude<Room, 'sites'>, () => JSX.Element>> = {
  incidents: IncidentsPanel,
  brakes: BrakesPanel,
  routers: RoutersPanel,
  nodes: NodesPanel,
  maintenance: MaintenancePanel,
  limits: LimitsRoom,
  audit: AuditPanel,
};

function usePlace(): Place {
  const [place, setPlace] = useState(placeOf(location.hash));
  useEffect(() => {
    const follow = (): void => setPlace(placeOf(location.hash));
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return place;
}

/** How many things in a room want attention. */
function useCount(room: Room): number {
  const { status } = useWorld();
  const counts: Partial<Record<Room, number>> = {
    incidents: status?.openIncidents ?? 0,
    brakes: status?.activeBrakes.length ?? 0,
    routers: (status?.routers.total ?? 0) - (status?.routers.readable ?? 0),
    nodes: (status?.noticeNodes.total ?? 0) - (status?.noticeNodes.up ?? 0),
  };
  return counts[room] ?? 0;
}

function RoomLink({
  room,
  isHere,
}: {
  readonly room: Room;
  readonly isHere: boolean;
}): JSX.Element {
  const words = useWords();
  const count = useCount(room);
  return (
    <a href={`#/${room}`} aria-current={isHere ? 'page' : undefined}>
      {words.nav[room]}
      {count > 0 && <b class="count">{count}</b>}
    </a>
  );
}

function Header({ onLanguage, onSignOut }: WorkplaceProps): JSX.Element {
  const words = useWords();
  const { status, isLive } = useWorld();
  return (
    <header class="top">
      <h1>
        <img src="/icon.svg" alt="" width="24" height="24" /> {words.title}
      </h1>
      <span class={isLive ? 'live' : 'live off'}>
        <span aria-hidden="true">{isLive ? '●' : '○'}</span> {isLive ? words.live.live : '—'}
      </span>
      <span class="space" />
      <FreezeButton />
      <select
        aria-label={words.field.language}
        value={words.language}
        onChange={({ currentTarget }) => onLanguage(currentTarget.value)}
      >
        <option value="ko">한국어</option>
        <option value="en">English</option>
      </select>
      <button type="button" class="quiet" onClick={onSignOut} title={status?.you.role}>
        {status?.you.name} · {words.action.signOut}
      </button>
    </header>
  );
}

function SitesRoom({ site: name }: { readonly site: string | undefined }): JSX.Element {
  const { sites } = useWorld();
  const site = name === undefined ? undefined : sites.get(name);
  return (
    <div class={site === undefined ? 'two' : 'two open'}>
      <SiteList chosen={name} />
      {site !== undefined && (
        <SiteDetail
          key={site.name}
          site={site}
          onBack={() => {
            location.hash = '#/sites';
          }}
        />
      )}
    </div>
  );
}

/** The page behind the sign-in. */
export function Workplace(props: WorkplaceProps): JSX.Element {
  const words = useWords();
  const place = usePlace();
  const [isHelp, setHelp] = useState(false);
  useKeys({
    '?': () => setHelp(true),
    Escape: () => {
      if (place.site !== undefined) {
        location.hash = '#/sites';
      }
    },
  });
  const Panel = place.room === 'sites' ? undefined : panels[place.room];
  return (
    <>
      <Header {...props} />
      <nav aria-label={words.title}>
        {rooms.map((room) => (
          <RoomLink key={room} room={room} isHere={room === place.room} />
        ))}
      </nav>
      <Banners />
      <main>
        {Panel === undefined ? <SitesRoom site={place.site} /> : <Panel key={place.room} />}
      </main>
      {isHelp && <Help onClose={() => setHelp(false)} />}
    </>
  );
}
