import type { AuditEntry } from '../core/command.ts';
import type { DurableChange, DurableState } from '../core/durable.ts';

/** An audit entry in its place in the chain: `hash` covers the entry, its number and the hash before it. */
export interface AuditRecord extends AuditEntry {
  readonly seq: number;
  readonly previousHash: string;
  /** SHA-256, hex. */
  readonly hash: string;
}

export interface AuditQuery {
  readonly beforeSeq?: number;
  readonly limit: number;
  readonly site?: string;
}

/**
 * The controller's own durable memory on its own disk. Synchronous on purpose:
 * when `commit` returns, the intent has reached the disk, and only then may a router hear of it.
 * Methods throw DetourError DETOUR_JOURNAL_FAILED (full disk, read-only, damaged); nothing of a failed commit is kept.
 */
export interface Journal extends Disposable {
  load(): DurableState;
  /** Writes changes and audit entries in one transaction, all or nothing. Returns the entries with their place in the chain. */
  commit(changes: readonly DurableChange[], audit: readonly AuditEntry[]): readonly AuditRecord[];
  /** Newest first. */
  audit(query: AuditQuery): readonly AuditRecord[];
  /** Walks the whole chain; the first broken link, or undefined when all hold. */
  verifyAudit(): { readonly seq: number; readonly problem: string } | undefined;
}
