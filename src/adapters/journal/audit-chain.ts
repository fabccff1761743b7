import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AuditEntry } from '../../core/command.ts';
import { reasons } from '../../core/reason.ts';
import type { AuditRecord } from '../../ports/journal.ts';

/** What stands before the first entry. */
export const firstHash = '0'.repeat(64);

/** The end of a chain: the number and hash of its last entry, or 0 and `firstHash` when it is empty. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head of an empty chain. */
export const emptyHead: ChainHead = { seq: 0, hash: firstHash };

/** Where a chain is broken, and how. */
export interface AuditProblem {
  readonly seq: number;
  readonly problem: string;
}

const entryShape = {
  at: z.number(),
  actor: z.string(),
  reason: z.enum(reasons),
  site: z.string().exactOptional(),
  router: z.string().exactOptional(),
  incident: z.string().exactOptional(),
  generation: z.number().exactOptional(),
  text: z.string(),
} satisfies Readonly<Record<keyof Required<AuditEntry>, z.ZodType>>;

const entrySchema: z.ZodType<AuditEntry> = z.strictObject(entryShape);

const hashText = z.string().regex(/^[0-9a-f]{64}$/);

const recordSchema: z.ZodType<AuditRecord> = z.strictObject({
  ...entryShape,
  seq: z.int().positive(),
  previousHash: hashText,
  hash: hashText,
} satisfies Readonly<Record<keyof Required<AuditRecord>, z.ZodType>>);

/** The one way to write an entry: JSON without spaces, fields in alphabetical order, absent ones left out. */
export function canonicalEntry(entry: AuditEntry): string {
  const { actor, at, generation, incident, reason, router, site, text } = entry;
  return JSON.stringify({ actor, at, generation, incident, reason, router, site, text });
}

/** Reads an entry back from its canonical text; throws when it is not one. */
export function parseEntry(text: string): AuditEntry {
  return entrySchema.parse(JSON.parse(text));
}

/** Reads one line of an export (JSONL); throws when it holds less or more than an audit record. */
export function parseAuditRecord(line: string): AuditRecord {
  return recordSchema.parse(JSON.parse(line));
}

/** SHA-256 (hex) over the hash before, the number and the entry's canonical text, one a line. */
export function chainHash(previousHash: string, seq: number, entry: string | Uint8Array): string {
  return createHash('sha256').update(`${previousHash}\n${seq}\n`).update(entry).digest('hex');
}

/** Gives new entries their places at the end of a chain. */
export function chainEntries(
  head: ChainHead,
  entries: readonly AuditEntry[],
): readonly AuditRecord[] {
  let { seq, hash } = head;
  return entries.map((entry): AuditRecord => {
    const previousHash = hash;
    seq += 1;
    hash = chainHash(previousHash, seq, canonicalEntry(entry));
    return { ...entry, seq, previousHash, hash };
  });
}

/** What one link of a chain shows about itself. */
export interface AuditLink {
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
  /** The entry as it stands: its canonical text, or the bytes of it. */
  readonly entry: string | Uint8Array;
}

/** Says what is wrong with a link that should follow a head, or undefined when it holds. */
export function linkProblem(head: ChainHead, link: AuditLink): string | undefined {
  if (link.seq !== head.seq + 1) {
    return `it stands where entry ${head.seq + 1} should`;
  }
  if (link.previousHash !== head.hash) {
    return 'its link does not match the entry before it';
  }
  if (chainHash(link.previousHash, link.seq, link.entry) !== link.hash) {
    return 'its contents do not match its hash';
  }
  return undefined;
}

export interface VerifyOptions {
  /** Entries the chain must contain because someone else saw them, such as a signed checkpoint: they show a cut tail. */
  readonly witnesses?: readonly ChainHead[];
  /** The records are a later part of a chain, as an export may be; the first is then taken as it stands. */
  readonly isPart?: boolean;
}

/** Walks links in their order, oldest first; the first broken one, or undefined when all hold. */
export function verifyLinks(
  links: Iterable<AuditLink>,
  { witnesses = [], isPart = false }: VerifyOptions = {},
): AuditProblem | undefined {
  const seen = new Map(witnesses.map(({ seq, hash }) => [seq, hash]));
  let head = emptyHead;
  let isFirst = true;
  for (const link of links) {
    if (isFirst && isPart) {
      head = { seq: link.seq - 1, hash: link.previousHash };
    }
    isFirst = false;
    const problem = linkProblem(head, link);
    if (problem !== undefined) {
      return { seq: link.seq, problem };
    }
    if ((seen.get(link.seq) ?? link.hash) !== link.hash) {
      return { seq: link.seq, problem: 'it is not the entry that was signed under this number' };
    }
    head = { seq: link.seq, hash: link.hash };
  }
  const known = Math.max(0, ...seen.keys());
  return head.seq < known
    ? { seq: head.seq + 1, problem: `the end is cut off: ${known} entries were written` }
    : undefined;
}

/** Verifies records as the API and exports give them, oldest first; the first broken one, or undefined when all hold. */
export function verifyAuditRecords(
  records: Iterable<AuditRecord>,
  options: VerifyOptions = {},
): AuditProblem | undefined {
  return verifyLinks(linksOf(records), options);
}

function* linksOf(records: Iterable<AuditRecord>): Generator<AuditLink> {
  for (const record of records) {
    const { seq, previousHash, hash } = record;
    yield { seq, previousHash, hash, entry: canonicalEntry(record) };
  }
}
