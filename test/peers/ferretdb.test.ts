import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ferret, startFerret } from './support/ferret.ts';

describe('the MongoDB-wire server of the tests', () => {
  let ferret: Ferret;
  let connection: mongoose.Connection;

  beforeAll(async () => {
    ferret = await startFerret();
    connection = await mongoose
      .createConnection(ferret.url, { dbName: 'smoke', serverSelectionTimeoutMS: 10_000 })
      .asPromise();
  });

  afterAll(async () => {
    await connection?.close();
    await ferret?.[Symbol.asyncDispose]();
  });

  it('keeps what was written through kill -9 and a restart', async () => {
    const sites = connection.collection<{ name: string; version: number }>('sites');
    await sites.insertOne({ name: 'home01', version: 1 });

    await ferret.kill();
    await expect(sites.findOne({ name: 'home01' }, { timeoutMS: 500 })).rejects.toThrow();
    await ferret.restart();

    expect(await sites.findOne({ name: 'home01' })).toMatchObject({ version: 1 });
  });

  it('refuses a second document under a unique index, and an update of a version that is past', async () => {
    const leases = connection.collection<{ name: string; version: number }>('leases');
    await leases.createIndex({ name: 1 }, { unique: true });
    await leases.insertOne({ name: 'leader', version: 1 });

    const twice = leases.insertOne({ name: 'leader', version: 9 });

    await expect(twice).rejects.toMatchObject({ code: 11_000 });
    const past = await leases.updateOne({ name: 'leader', version: 0 }, { $inc: { version: 1 } });
    expect(past.modifiedCount).toBe(0);
    const current = await leases.updateOne(
      { name: 'leader', version: 1 },
      { $inc: { version: 1 } },
    );
    expect(current.modifiedCount).toBe(1);
  });
});
