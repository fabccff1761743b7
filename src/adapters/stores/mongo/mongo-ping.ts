import mongoose from 'mongoose';
import { DetourError } from '../../../lib/errors.ts';
import { second } from '../../../lib/time.ts';
import { placeOf, weakness } from './mongo-connection.ts';

const answerMs = 3 * second;

/** What a MongoDB-wire server says of itself. */
export interface MongoAnswer {
  readonly isReplicated: boolean;
  /** How far its clock is ahead of ours; undefined when it does not tell. */
  readonly clockOffsetMs: number | undefined;
}

/** Asks a server who it is and changes nothing there. Rejects with DETOUR_STORE_UNAVAILABLE. */
export async function pingMongo(url: string): Promise<MongoAnswer> {
  const problem = weakness(url);
  if (problem !== undefined) {
    throw new DetourError(problem, { code: 'DETOUR_STORE_UNAVAILABLE' });
  }
  const connection = mongoose.createConnection();
  // Told by the act that meets it; without a listener it would end the process.
  connection.on('error', () => undefined);
  try {
    await connection.openUri(url, {
      autoIndex: false,
      autoCreate: false,
      appName: 'detour-doctor',
      connectTimeoutMS: answerMs,
      socketTimeoutMS: answerMs,
      serverSelectionTimeoutMS: answerMs,
    });
    const hello = await connection.db?.admin().command({ hello: 1 });
    const at: unknown = hello?.['localTime'];
    return {
      isReplicated: typeof hello?.['setName'] === 'string' || hello?.['msg'] === 'isdbgrid',
      clockOffsetMs: at instanceof Date ? at.getTime() - Date.now() : undefined,
    };
  } catch (error) {
    throw new DetourError(`No answer from ${placeOf(url)}`, {
      code: 'DETOUR_STORE_UNAVAILABLE',
      retryable: true,
      cause: error,
    });
  } finally {
    await connection.close(true);
  }
}
