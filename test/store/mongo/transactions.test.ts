import { createConnection, mongo } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseUrl, dropDatabase, hasTransactions, serverUrl } from '../mongo-server.js';

interface Thing {
  readonly _id: string;
  readonly n: number;
}

if (serverUrl === undefined || !(await hasTransactions(serverUrl))) {
  it('what is relied upon in transactions is tested where COBALT_TEST_MONGODB names a server that has them', () => expect(serverUrl ?? 'mongodb').toContain('mongodb'));
} else {
  const url = databaseUrl(serverUrl);

  /** What the Mongo store relies upon, of MongoDB and of the peer that it is tested against. */
  describe('a transaction', () => {
    let clients: mongo.MongoClient[];
    let things: mongo.Collection<Thing>;
    let sessions: mongo.ClientSession[];

    beforeAll(async () => {
      clients = await Promise.all([1, 2].map(async () => (await createConnection(url).asPromise()).getClient() as unknown as mongo.MongoClient));
      things = clients[0]!.db().collection<Thing>('things');
      await clients[0]!.db().createCollection('things');
    });
    beforeEach(async () => {
      await things.deleteMany({});
      await things.insertMany([{ _id: 'a', n: 1 }, { _id: 'b', n: 1 }]);
      sessions = clients.map((client) => client.startSession());
      for (const session of sessions) session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
    });
    afterEach(() => Promise.all(sessions.map((session) => session.endSession())));
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.close()));
      await dropDatabase(url);
    });

    const of = (which: number) => ({ session: sessions[which]!, in: clients[which]!.db().collection<Thing>('things') });
    const read = async (which: number, _id: string): Promise<number | undefined> => (await of(which).in.findOne({ _id }, { session: sessions[which]! }))?.n;
    const write = (which: number, _id: string, n: number) => of(which).in.replaceOne({ _id }, { n }, { session: sessions[which]! });
    const add = (which: number, _id: string) => of(which).in.insertOne({ _id, n: 1 }, { session: sessions[which]! });
    const outside = async (_id: string): Promise<number | undefined> => (await things.findOne({ _id }))?.n;
    const toBeginAgain = (error: unknown): boolean => error instanceof mongo.MongoServerError && error.hasErrorLabel('TransientTransactionError');

    it('sees what it has written, and nobody else does before it is committed', async () => {
      await write(0, 'a', 2);
      await add(0, 'c');
      expect([await read(0, 'a'), await read(0, 'c'), await outside('a'), await outside('c')]).toEqual([2, 1, 1, undefined]);
      expect(await of(0).in.find({ n: 1 }, { session: sessions[0]! }).map(({ _id }) => _id).toArray()).toEqual(expect.arrayContaining(['b', 'c']));
      await sessions[0]!.commitTransaction();
      expect([await outside('a'), await outside('c')]).toEqual([2, 1]);
    });

    it('leaves nothing when it is aborted', async () => {
      await write(0, 'a', 2);
      await add(0, 'c');
      await sessions[0]!.abortTransaction();
      expect([await outside('a'), await outside('c')]).toEqual([1, undefined]);
    });

    it('sees what stood when it began, whatever others commit', async () => {
      expect(await read(0, 'a')).toBe(1);
      await write(1, 'a', 2);
      await add(1, 'c');
      await sessions[1]!.commitTransaction();
      expect([await read(0, 'a'), await read(0, 'c'), await outside('a')]).toEqual([1, undefined, 2]);
    });

    it('goes beside another that writes other documents', async () => {
      await write(0, 'a', 2);
      await write(1, 'b', 2);
      await sessions[1]!.commitTransaction();
      await sessions[0]!.commitTransaction();
      expect([await outside('a'), await outside('b')]).toEqual([2, 2]);
    });

    it.each([
      ['an open one has replaced it', async () => void (await write(0, 'a', 2)), () => write(1, 'a', 3)],
      ['an open one has made it', async () => void (await add(0, 'c')), () => add(1, 'c')],
      ['one has committed it since', async () => {
        await read(1, 'b');
        await write(0, 'a', 2);
        await sessions[0]!.commitTransaction();
      }, () => write(1, 'a', 3)],
      ['it was written outside of transactions since', async () => {
        await read(1, 'b');
        await things.updateOne({ _id: 'a' }, { $set: { n: 2 } });
      }, () => write(1, 'a', 3)],
    ])('has to begin again when it writes a document and %s', async (_, before, attempt) => {
      await before();
      await expect(attempt()).rejects.toSatisfy(toBeginAgain);
      expect(await outside('a')).not.toBe(3);
    });

    it('is gone with its connection, and in nobody’s way', async () => {
      const mortal = (await createConnection(url).asPromise()).getClient() as unknown as mongo.MongoClient;
      const session = mortal.startSession();
      session.startTransaction();
      await mortal.db().collection<Thing>('things').replaceOne({ _id: 'a' }, { n: 9 }, { session });
      await mortal.close(true);
      await expect.poll(() => write(1, 'a', 3).then(() => true, () => {
        sessions[1]!.startTransaction();
        return false;
      })).toBe(true);
      await sessions[1]!.commitTransaction();
      expect(await outside('a')).toBe(3);
    });
  });
}
