import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../lib/log.ts';
import { second } from '../../lib/time.ts';
import {
  type CertificatePair,
  type PairProblem,
  readPair,
  wildcardOf,
} from './certificate-pair.ts';

/** Events of the file system can be lost, and say nothing of what a link leads to; so the folder is looked through this often. */
const pollMs = 10 * second;
/** But looks take no more than this share of a processor, up to one a minute: one through 5,000 pairs takes half a second. */
const pollShare = 0.01;
const longestPollMs = 60 * second;
/** Tools write certificate and key one after the other; this lets both arrive. */
const settleMs = 100;
/** Pairs read at a time: enough to keep the disk busy, few enough that a visitor is not kept waiting. */
const batchSize = 16;
/** More is a mistake, such as the root of a disk. */
const maxPairs = 20_000;

interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** False for certbot's folders, whose names are labels such as `example.kr-0001`. */
  readonly isHostname: boolean;
}

interface Entry {
  /** Which state of the files was read last. */
  readonly seen: string;
  /** What is served; kept when a later state of the files was no good. */
  readonly pair: CertificatePair | undefined;
  readonly problem: PairProblem | undefined;
}

/** A pair of files that is not used as it is. */
export interface FolderProblem {
  readonly label: string;
  readonly problem: PairProblem;
  /** An earlier certificate of that name is still served. */
  readonly isOldServed: boolean;
}

async function fingerprint(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return;
  }
}

/** `_.example.kr` is how lego calls the files of a wildcard, since not every file system takes a star. */
const labelOf = (stem: string): string => stem.toLowerCase().replace(/^_\./, '*.');

/**
 * The certificates in a folder: `<name>.crt` with `<name>.key`, or certbot's `<name>/fullchain.pem` with `privkey.pem`.
 * Follows the folder and swaps a pair only for one that was read whole and found good.
 */
export class CertificateFolder implements Disposable {
  readonly #folder: string;
  readonly #log: Log;
  readonly #onChange: () => void;
  readonly #entries = new Map<string, Entry>();
  #byName: ReadonlyMap<string, CertificatePair> = new Map();
  #isSwept = false;
  #isClosed = false;
  #problem: string | undefined;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor(folder: string, log: Log, onChange: () => void = () => undefined) {
    this.#folder = folder;
    this.#log = log;
    this.#onChange = onChange;
  }

  get pairs(): readonly CertificatePair[] {
    return [...this.#entries.values()].flatMap(({ pair }) => (pair === undefined ? [] : [pair]));
  }

  get problems(): readonly FolderProblem[] {
    return [...this.#entries].flatMap(([label, { pair, problem }]) =>
      problem === undefined ? [] : [{ label, problem, isOldServed: pair !== undefined }],
    );
  }

  /** Follows the folder from now on. The first reading goes on in the background; a name asked for before is read at once. */
  start(): void {
    this.#watch();
    this.#poll();
  }

  /** Looks through the folder, and again and again. */
  #poll(): void {
    this.#watch();
    const before = process.cpuUsage();
    void this.check().then(() => {
      const { user, system } = process.cpuUsage(before);
      const tookMs = (user + system) / 1_000;
      if (!this.#isClosed) {
        const restMs = Math.min(longestPollMs, Math.max(pollMs, tookMs / pollShare));
        this.#timer = setTimeout(() => this.#poll(), restMs);
      }
    });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#settle);
    this.#watcher?.close();
  }

  /** The certificate for a hostname in lower case: its own, else one that names it, else a wildcard. */
  find(name: string): CertificatePair | undefined {
    return (
      this.#byName.get(name) ??
      this.#byName.get(wildcardOf(name)) ??
      (this.#isSwept ? undefined : this.#findEarly(name))
    );
  }

  /** Reads what changed; resolves when it is served. Never rejects. */
  check(): Promise<void> {
    this.#queue = this.#queue.then(() => this.#sweep());
    return this.#queue;
  }

  #watch(): void {
    if (this.#watcher !== undefined) {
      return;
    }
    const forget = (): void => {
      this.#watcher?.close();
      this.#watcher = undefined;
    };
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, () => {
        clearTimeout(this.#settle);
        this.#settle = setTimeout(() => void this.check(), settleMs);
      }).on('error', forget);
    } catch {
      // The folder is not there yet; the next look tries again.
    }
  }

  /** Until the first reading is through, there is no index: a name goes by what its files are called. */
  #findEarly(name: string): CertificatePair | undefined {
    for (const label of [name, wildcardOf(name)]) {
      const entry = this.#entries.get(label);
      const pair = entry === undefined ? this.#readEarly(label) : entry.pair;
      if (pair !== undefined) {
        return pair;
      }
    }
    return;
  }

  /** A visitor's own name goes first. */
  #readEarly(label: string): CertificatePair | undefined {
    for (const stem of new Set([label, label.replace('*', '_')])) {
      const pair = this.#readNow(label, join(this.#folder, stem));
      if (pair !== undefined) {
        return pair;
      }
    }
    return;
  }

  #readNow(label: string, base: string): CertificatePair | undefined {
    try {
      const files = { cert: readFileSync(`${base}.crt`), key: readFileSync(`${base}.key`) };
      const pair = readPair(label, files, true);
      return typeof pair === 'string' ? undefined : pair;
    } catch {
      return;
    }
  }

  async #sweep(): Promise<void> {
    try {
      const found = await this.#list();
      const labels = [...found].slice(0, maxPairs);
      let isChanged = this.#forgetAllBut(found);
      for (let at = 0; at < labels.length && !this.#isClosed; at += batchSize) {
        const changes = await Promise.all(
          labels.slice(at, at + batchSize).map(([label, files]) => this.#look(label, files)),
        );
        isChanged ||= changes.includes(true);
      }
      if (isChanged || !this.#isSwept) {
        this.#index();
      }
      this.#problem = undefined;
    } catch (err) {
      this.#tell(err);
    }
    this.#isSwept = true;
  }

  /** What cannot be read is told of once, not at every look. */
  #tell(err: unknown): void {
    const problem = String(err);
    if (problem !== this.#problem) {
      this.#problem = problem;
      this.#log.error({ err, folder: this.#folder }, 'Certificates could not be read');
    }
  }

  async #list(): Promise<ReadonlyMap<string, PairFiles>> {
    const files = await readdir(this.#folder, { withFileTypes: true });
    const found = new Map<string, PairFiles>();
    for (const file of files) {
      const [, stem] = /^(.+)\.(?:crt|key)$/.exec(file.name) ?? [];
      const base = join(this.#folder, stem ?? file.name);
      if (stem !== undefined && !stem.endsWith('.issuer')) {
        const certFile = `${base}.crt`;
        found.set(labelOf(stem), { certFile, keyFile: `${base}.key`, isHostname: true });
      } else if (file.isDirectory() && !found.has(file.name)) {
        const [certFile, keyFile] = [join(base, 'fullchain.pem'), join(base, 'privkey.pem')];
        found.set(file.name, { certFile, keyFile, isHostname: false });
      }
    }
    return found;
  }

  #forgetAllBut(found: ReadonlyMap<string, PairFiles>): boolean {
    const gone = [...this.#entries.keys()].filter((label) => !found.has(label));
    for (const label of gone) {
      this.#entries.delete(label);
    }
    return gone.length > 0;
  }

  /** Reads a pair if its files changed. True when something else is to be served, or told, from now on. */
  async #look(label: string, files: PairFiles): Promise<boolean> {
    const states = await Promise.all([files.certFile, files.keyFile].map(fingerprint));
    const seen = states.join(' / ');
    const before = this.#entries.get(label);
    if (seen === before?.seen) {
      return false;
    }
    if (!files.isHostname && states.every((state) => state === undefined)) {
      // A folder without either file is none of ours.
      return this.#entries.delete(label);
    }
    const read = states.includes(undefined) ? 'half-missing' : await this.#read(label, files);
    if (typeof read === 'string') {
      this.#entries.set(label, { seen, pair: before?.pair, problem: read });
      const isOldServed = before?.pair !== undefined;
      this.#log.warn({ certificate: label, problem: read, isOldServed }, 'Certificate not used');
    } else {
      this.#entries.set(label, { seen, pair: read, problem: undefined });
    }
    return true;
  }

  async #read(
    label: string,
    { certFile, keyFile, isHostname }: PairFiles,
  ): Promise<CertificatePair | PairProblem> {
    try {
      const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
      return readPair(label, { cert, key }, isHostname);
    } catch {
      return 'unreadable';
    }
  }

  /** Finds for each name the certificate that is called by it, else the one that is good for longest. */
  #index(): void {
    const byName = new Map<string, CertificatePair>();
    for (const pair of this.pairs) {
      for (const name of pair.names) {
        const other = byName.get(name);
        const isBetter =
          other === undefined ||
          pair.label === name ||
          (other.label !== name && pair.notAfter > other.notAfter);
        if (isBetter) {
          byName.set(name, pair);
        }
      }
    }
    this.#byName = byName;
    this.#onChange();
  }
}
