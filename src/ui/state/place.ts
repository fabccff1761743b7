export const rooms = [
  'sites',
  'incidents',
  'brakes',
  'routers',
  'nodes',
  'maintenance',
  'limits',
  'audit',
] as const;
export type Room = (typeof rooms)[number];

/** Where the reader is, as the part of the address behind `#` says it. */
export interface Place {
  readonly room: Room;
  /** The site that is open, in the room of sites. */
  readonly site: string | undefined;
}

export function placeOf(hash: string): Place {
  const [, name = '', site] = hash.replace(/^#/, '').split('/');
  const room = rooms.find((known) => known === name) ?? 'sites';
  return { room, site: room === 'sites' && site !== undefined && site !== '' ? site : undefined };
}
