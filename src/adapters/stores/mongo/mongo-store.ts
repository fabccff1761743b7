import mongoose from 'mongoose';
import { DetourError } from '../../../lib/errors.ts';
import type { EpochMs } from '../../../lib/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { DocumentKind, Lease, ListOptions, Store, Stored } from '../../../ports/store.ts';
import { conflict, encodeValue } from '../document-value.ts';
import { type LeaseRecord, LeaseWatch } from '../lease-watch.ts';
import { MongoConnection, placeOf } from './mongo-connection.ts';
import type { MongoDocument, MongoModels } from './store-schema.ts';

export interface MongoStoreOptions {
  /** `mongodb://` or `mongodb+srv://`. */
  readonly url: string;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
}

/** Writers that overwrite whatever is there try so often to get between the others. */
const putTries = 20;

/** Old versions of a lease are of no use once a newer one stands; a few stay for whoever looks into the database. */
const keptLeaseVersions = 10;

/**
 * Opens a store that several machines share. It needs single-document updates and a unique `_id`, nothing more:
 * no transactions, change streams or expiry by time. Nothing is connected before the first call.
 * Throws DETOUR_STORE_UNAVAILABLE for a URL whose options would make leases unsafe.
 */
export function openMongoStore({ url, clock }: MongoStoreOptions): Store {
  return new MongoStore(new MongoConnection(url), placeOf(url), clock);
}

const keyOf = (kind: DocumentKind, id: string): string => `${kind}/${id}`;

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 11_000;

function storedOf({ id, version, updatedAt, value }: MongoDocument): Stored {
  return { id, version, updatedAt, value: JSON.parse(value) };
}

class MongoStore implements Store {
  readonly #connection: MongoConnection;
  readonly #place: string;
  readonly #clock: MongoStoreOptions['clock'];
  readonly #watch: LeaseWatch;

  constructor(connection: MongoConnection, place: string, clock: MongoStoreOptions['clock']) {
    this.#connection = connection;
    this.#place = place;
    this.#clock = clock;
    this.#watch = new LeaseWatch(() => clock.monotonicMs());
  }

  get(kind: DocumentKind, id: string): Promise<Stored | undefined> {
    return this.#act(`read the ${kind} ${id}`, async (models) => {
      const found = await this.#find(models, kind, id);
      return found === undefined ? undefined : storedOf(found);
    });
  }

  list(kind: DocumentKind, { limit }: ListOptions): Promise<readonly Stored[]> {
    return this.#act(`list every ${kind}`, async ({ documents }) => {
      const found = await documents
        .find({ kind })
        .sort({ updatedAt: -1, id: -1 })
        .limit(limit)
        .lean();
      return found.map(storedOf);
    });
  }

  async put(
    kind: DocumentKind,
    id: string,
    value: unknown,
    expectedVersion?: number,
  ): Promise<Stored> {
    const text = encodeValue(kind, id, value);
    return await this.#act(`write the ${kind} ${id}`, async (models) => {
      for (let attempt = 0; attempt < putTries; attempt += 1) {
        const before = expectedVersion ?? (await this.#find(models, kind, id))?.version ?? 0;
        const document: MongoDocument = {
          _id: keyOf(kind, id),
          kind,
          id,
          version: before + 1,
          updatedAt: this.#clock.now(),
          value: text,
        };
        if (await this.#write(models, document)) {
          return storedOf(document);
        }
        if (expectedVersion !== undefined) {
          throw conflict(kind, id, expectedVersion);
        }
      }
      throw conflict(kind, id, 0);
    });
  }

  remove(kind: DocumentKind, id: string): Promise<boolean> {
    return this.#act(`remove the ${kind} ${id}`, async ({ documents }) => {
      const { deletedCount } = await documents.deleteOne({ _id: keyOf(kind, id) });
      return deletedCount > 0;
    });
  }

  prune(kind: DocumentKind, before: EpochMs): Promise<number> {
    return this.#act(`prune every ${kind}`, async ({ documents }) => {
      const { deletedCount } = await documents.deleteMany({ kind, updatedAt: below(before) });
      return deletedCount;
    });
  }

  acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    return this.#act(`take the lease ${name}`, async (models) => {
      const head = await this.#lease(models, name);
      const next = this.#watch.next(name, head, { holder, ttlMs });
      if (next === undefined || !(await this.#writeLease(models, name, next))) {
        return undefined;
      }
      return { holder, token: next.token };
    });
  }

  releaseLease(name: string, holder: string): Promise<void> {
    return this.#act(`release the lease ${name}`, async (models) => {
      const next = this.#watch.release(await this.#lease(models, name), holder);
      if (next !== undefined) {
        await this.#writeLease(models, name, next);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  async #act<T>(what: string, act: (models: MongoModels) => Promise<T>): Promise<T> {
    try {
      return await act(await this.#connection.models());
    } catch (error) {
      if (error instanceof DetourError) {
        throw error;
      }
      throw new DetourError(`Could not ${what} in the store ${this.#place}`, {
        code: 'DETOUR_STORE_UNAVAILABLE',
        retryable: true,
        cause: error,
      });
    }
  }

  async #find(
    { documents }: MongoModels,
    kind: DocumentKind,
    id: string,
  ): Promise<MongoDocument | undefined> {
    if (typeof id !== 'string') {
      return undefined;
    }
    return (await documents.findOne({ _id: keyOf(kind, id) }).lean()) ?? undefined;
  }

  /** Writes the next version of a document; false when the version before it is no longer the newest. */
  async #write({ documents }: MongoModels, document: MongoDocument): Promise<boolean> {
    const { _id, version, updatedAt, value } = document;
    if (version > 1) {
      const change = { $set: { version, updatedAt, value } };
      const { matchedCount } = await documents.updateOne({ _id, version: version - 1 }, change);
      return matchedCount === 1;
    }
    return await insertedOnce(() => documents.insertOne(document));
  }

  async #lease({ leases }: MongoModels, name: string): Promise<LeaseRecord | undefined> {
    return (await leases.findOne({ name }).sort({ version: -1 }).lean()) ?? undefined;
  }

  /** Writes the next version of a lease unless somebody else has; old versions are then swept away. */
  async #writeLease({ leases }: MongoModels, name: string, next: LeaseRecord): Promise<boolean> {
    const { version, holder, token, ttlMs, isReleased } = next;
    const lease = { _id: `${name}/${version}`, name, version, holder, token, ttlMs, isReleased };
    const isOurs = await insertedOnce(() => leases.insertOne(lease));
    if (isOurs && version % keptLeaseVersions === 0) {
      await leases.deleteMany({ name, version: below(version - keptLeaseVersions) });
    }
    return isOurs;
  }
}

/** An operator of our own: filters from values are sanitised, so it has to say that it is meant. */
function below(bound: number): { readonly $lt: number } {
  return mongoose.trusted({ $lt: bound });
}

/** Runs an insert; false when the key was there already. */
async function insertedOnce(insert: () => Promise<unknown>): Promise<boolean> {
  try {
    await insert();
    return true;
  } catch (error) {
    if (isTaken(error)) {
      return false;
    }
    throw error;
  }
}
