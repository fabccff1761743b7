import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Client } from '../api/client.ts';
import type { LiveWorld } from '../state/live-world.ts';
import type { World } from '../state/world.ts';
import type { Words } from '../words/en.ts';

type Role = 'viewer' | 'operator' | 'approver' | 'admin';

const rising: readonly Role[] = ['viewer', 'operator', 'approver', 'admin'];

/** What every part of the page needs. */
export interface PageContext {
  readonly live: LiveWorld;
  readonly words: Words;
}

const context = createContext<PageContext | undefined>(undefined);

export const PageProvider = context.Provider;

function usePage(): PageContext {
  const page = useContext(context);
  if (page === undefined) {
    throw new Error('A part of the page stands outside of it');
  }
  return page;
}

export const useWords = (): Words => usePage().words;

/** What Detour says in both languages, in that of the reader. */
export function useTell(): (told: { readonly en: string; readonly ko: string }) => string {
  const { language } = useWords();
  return ({ en, ko }) => (language === 'ko' ? ko : en);
}

export const useClient = (): Client => usePage().live.client;

export const useLive = (): LiveWorld => usePage().live;

/** The world as it is now; the part is drawn again when it changes. */
export function useWorld(): World {
  const { live } = usePage();
  const [world, setWorld] = useState(live.world);
  useEffect(() => live.subscribe(() => setWorld(live.world)), [live]);
  return world;
}

/** The present time, a little late at most: for `3 minutes ago`. */
export function useNow(everyMs = 5_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Whether the token in use may do what a role may. */
export function useMay(needed: Role): boolean {
  const role = useWorld().status?.you.role ?? 'viewer';
  return rising.indexOf(role) >= rising.indexOf(needed);
}
