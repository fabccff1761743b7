import { randomBytes } from 'node:crypto';
import { hour } from '../../lib/time.ts';

/** The keys that session tickets are made with and read with: the newest first, at most two. */
export type TicketKeys = readonly Buffer[];

/**
 * How often a new key takes over. The one before it is still accepted, so that no key is in use for more than
 * twelve hours: who steals one reads the visits of half a day at most.
 */
export const rotateTicketsMs = 6 * hour;

/** Bytes of a key in the form that OpenSSL takes: name, HMAC key, AES key, 16 bytes each. */
const ticketKeyBytes = 48;
const nameBytes = 16;

/** A fresh key in front; the one that was newest stays accepted, older ones are forgotten. */
export function rotatedTicketKeys(current: TicketKeys = []): TicketKeys {
  return [randomBytes(ticketKeyBytes), ...current.slice(0, 1)];
}

/** The name of a key, which every ticket made with it bears in the open. */
export function ticketKeyName(key: Buffer): string {
  return key.toString('hex', 0, nameBytes);
}
