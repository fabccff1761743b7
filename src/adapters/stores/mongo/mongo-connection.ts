import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { DetourError } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import { type MongoModels, openModels } from './store-schema.ts';

/** One act on the store, from the choice of a server to its answer. A lease lasts 15 s: what takes longer than this is no use. */
const actMs = 3 * second;

/** The database when the URL names none. */
const defaultDatabase = 'detour';

/** Durability is not to be traded away in a URL: a lease that only one server knows is none. */
const options: ConnectOptions = {
  bufferCommands: false,
  sanitizeFilter: true,
  autoIndex: false,
  autoCreate: false,
  appName: 'detour',
  socketTimeoutMS: actMs,
  serverSelectionTimeoutMS: actMs,
  connectTimeoutMS: actMs,
  heartbeatFrequencyMS: 2 * second,
  maxPoolSize: 8,
  writeConcern: { w: 'majority', journal: true },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
};

/** What is wrong with a MongoDB URL as a place for leases, or undefined. */
export function weakness(url: string): string | undefined {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const concern = query.get('w');
  if (concern !== null && concern !== 'majority') {
    return `w=${concern} lets acknowledged writes be lost; leave it out, Detour writes to the majority`;
  }
  if (query.get('journal') === 'false' || query.get('j') === 'false') {
    return 'journal=false lets acknowledged writes be lost; leave it out';
  }
  const preference = query.get('readPreference');
  return preference === null || preference === 'primary'
    ? undefined
    : `readPreference=${preference} can read a lease that has passed on; leave it out`;
}

function databaseOf(url: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]*)/.exec(url)?.[1];
  return path === undefined || path === '' ? defaultDatabase : decodeURIComponent(path);
}

/** The place of a URL without the password in it. */
export function placeOf(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//').split('?')[0] ?? '';
}

/** A connection that is made when it is first needed, and again after a first attempt that failed; later losses the driver mends itself. */
export class MongoConnection implements AsyncDisposable {
  readonly #url: string;
  readonly #connection: Connection = mongoose.createConnection();
  readonly #models: MongoModels;
  #opening: Promise<void> | undefined;

  /** Throws DETOUR_STORE_UNAVAILABLE for a URL whose options would make leases unsafe. */
  constructor(url: string) {
    const problem = weakness(url);
    if (problem !== undefined) {
      throw new DetourError(`The store ${placeOf(url)} cannot be used: ${problem}`, {
        code: 'DETOUR_STORE_UNAVAILABLE',
      });
    }
    this.#url = url;
    this.#models = openModels(this.#connection);
    // Told by the act that meets it; without a listener it would end the process.
    this.#connection.on('error', () => undefined);
  }

  async models(): Promise<MongoModels> {
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    return this.#models;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close(true);
  }

  async #open(): Promise<void> {
    await this.#connection.openUri(this.#url, { ...options, dbName: databaseOf(this.#url) });
    await this.#models.documents.collection.createIndex({ kind: 1, updatedAt: -1, id: -1 });
    await this.#models.leases.collection.createIndex({ name: 1, version: -1 });
  }
}
