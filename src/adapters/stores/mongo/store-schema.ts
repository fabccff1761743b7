import { type Connection, Schema } from 'mongoose';

/** A document of the store. The value is JSON text, so that no key of it can mean anything to the server. */
export interface MongoDocument {
  /** Kind and id together, so that the one index every server has makes them unique. */
  readonly _id: string;
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly updatedAt: number;
  readonly value: string;
}

/**
 * One version of a lease. Each grant and renewal is a new document: an insert under a unique key is the one act
 * that every server of this kind settles between two clients, even where find-and-modify is not atomic.
 */
export interface MongoLease {
  readonly _id: string;
  readonly name: string;
  readonly version: number;
  readonly holder: string;
  readonly token: number;
  readonly ttlMs: number;
  readonly isReleased: boolean;
}

const text = { type: String, required: true } as const;
const number = { type: Number, required: true } as const;

// Text and numbers only, and nothing that is not named here: no query operator can come in by a value.
const strictOptions = {
  strict: 'throw',
  strictQuery: 'throw',
  versionKey: false,
  autoIndex: false,
  autoCreate: false,
  id: false,
} as const;

const documentSchema = new Schema<MongoDocument>(
  { _id: text, kind: text, id: text, version: number, updatedAt: number, value: { type: String } },
  strictOptions,
);

const leaseSchema = new Schema<MongoLease>(
  {
    _id: text,
    name: text,
    version: number,
    holder: text,
    token: number,
    ttlMs: number,
    isReleased: { type: Boolean, required: true },
  },
  strictOptions,
);

/** The models of one connection. */
export type MongoModels = ReturnType<typeof openModels>;

// The library's own types, inferred, are the only exact ones.
// biome-ignore lint/nursery/useExplicitReturnType: written out they are a page long and say the same.
export function openModels(connection: Connection) {
  return {
    documents: connection.model('Document', documentSchema, 'documents'),
    leases: connection.model('Lease', leaseSchema, 'leases'),
  };
}
