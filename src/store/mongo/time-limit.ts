import { mongo } from 'mongoose';
import { SearchRefusedError } from '../store.js';

/** `MaxTimeMSExpired` of MongoDB. */
const TIME_EXPIRED = 50;

/** The option of a command that says how long MongoDB may be at it: what is left of the time of the whole. @throws {SearchRefusedError} `slow`, when nothing is left */
export type InTime = () => { readonly maxTimeMS: number };

const slow = (): SearchRefusedError => new SearchRefusedError('slow', 'The search took too long and was stopped.');

/** Does what may take so many milliseconds altogether, however many commands it comes to. @throws {SearchRefusedError} `slow` */
export async function limited<Value>(milliseconds: number, task: (inTime: InTime) => Promise<Value>): Promise<Value> {
  const end = performance.now() + milliseconds;
  try {
    return await task(() => {
      const left = Math.ceil(end - performance.now());
      if (left <= 0) throw slow();
      return { maxTimeMS: left };
    });
  } catch (error) {
    throw error instanceof mongo.MongoServerError && error.code === TIME_EXPIRED ? slow() : error;
  }
}
