import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errorChain } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { minute } from '../../lib/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { syncFolder } from '../sqlite/open-database.ts';
import type { AuditProblem, ChainHead } from './audit-chain.ts';

/** A checkpoint is written after this many entries, or this long after an entry that none covers. */
export const checkpointEntries = 100;
export const checkpointMs = minute;

const headSchema = z.strictObject({ seq: z.int().positive(), hash: z.string() });
const fileSchema = z.strictObject({ ...headSchema.shape, signature: z.string() });

const signedText = ({ seq, hash }: ChainHead): Buffer =>
  Buffer.from(`detour-audit-checkpoint\n${seq}\n${hash}\n`);

/** Writes a checkpoint: the head of the chain, signed with Ed25519 (RFC 8032), whole or not at all. */
export function writeCheckpoint(file: string, head: ChainHead, privateKey: KeyObject): void {
  const { seq, hash } = head;
  const signature = sign(null, signedText(head), privateKey).toString('base64');
  const draft = `${file}.tmp`;
  rmSync(draft, { force: true });
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(handle, `${JSON.stringify({ seq, hash, signature })}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** Reads a checkpoint: undefined when there is none, `invalid` when it cannot be read or its signature does not hold. */
export function readCheckpoint(
  file: string,
  publicKey: KeyObject,
): ChainHead | 'invalid' | undefined {
  try {
    const { signature, ...head } = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return verify(null, signedText(head), publicKey, Buffer.from(signature, 'base64'))
      ? head
      : 'invalid';
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? undefined : 'invalid';
  }
}

export interface CheckpointOptions {
  readonly file: string;
  /** Ed25519. Whoever holds it can write the past anew, so it lies in the folder of keys, not beside the journal. */
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Signs the head of the audit chain now and then, so that a cut tail can be found.
 * A checkpoint that the chain does not fulfil is evidence: it is never overwritten, only moved away by a person.
 */
export class Checkpointer implements Disposable {
  readonly #options: CheckpointOptions;
  readonly #publicKey: KeyObject;
  readonly #isEvidence: boolean;
  #covered: number;
  #head: ChainHead;
  #timer: Timer | undefined;

  constructor(options: CheckpointOptions, head: ChainHead, holds: (witness: ChainHead) => boolean) {
    this.#options = options;
    this.#publicKey = createPublicKey(options.privateKey);
    this.#head = head;
    const found = this.read();
    this.#isEvidence = found === 'invalid' || (found !== undefined && !holds(found));
    this.#covered = found === undefined || found === 'invalid' ? 0 : found.seq;
    this.note(head);
  }

  /** What the checkpoint file says now. */
  read(): ChainHead | 'invalid' | undefined {
    return readCheckpoint(this.#options.file, this.#publicKey);
  }

  /** The problem to report when the checkpoint itself was tampered with. */
  get invalidity(): AuditProblem {
    return {
      seq: this.#head.seq,
      problem: `the checkpoint ${this.#options.file} was changed, or signed with another key`,
    };
  }

  /** Hears of the new head after every commit. */
  note(head: ChainHead): void {
    this.#head = head;
    const behind = head.seq - this.#covered;
    if (this.#isEvidence || behind <= 0) {
      return;
    }
    if (behind >= checkpointEntries) {
      this.#write();
      return;
    }
    this.#timer ??= this.#options.clock.setTimer(checkpointMs, () => {
      this.#write();
    });
  }

  [Symbol.dispose](): void {
    if (!this.#isEvidence && this.#head.seq > this.#covered) {
      this.#write();
    }
    this.#timer?.cancel();
  }

  #write(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { file, privateKey, log } = this.#options;
    try {
      writeCheckpoint(file, this.#head, privateKey);
    } catch (error) {
      // The chain itself is whole; the next entries bring the next attempt.
      log.warn({ file, err: errorChain(error) }, 'The audit checkpoint could not be written');
    }
    this.#covered = this.#head.seq;
  }
}
