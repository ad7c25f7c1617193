import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../http/server.js';
import { given, next, queued, store, withNext } from './queue.js';

const CALLERS = 64;
/** `COBALT_TEST_ROUNDS=1000` for the whole proof. */
const ROUNDS = Number(process.env['COBALT_TEST_ROUNDS'] ?? 30);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(withNext);
  await store(server, ...Array.from({ length: CALLERS }, (_, caller) => ({ resourceType: 'Practitioner', id: `caller-${caller}` })));
});
afterAll(() => server.close());

/** Whoever asked at once, and the id that each got. */
const asked = async (): Promise<{ caller: number; id: string; version: string | undefined }[]> => {
  const answers = await Promise.all(Array.from({ length: CALLERS }, (_, caller) => next(server, `Practitioner/caller-${caller}`)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  return answers.flatMap((answer, caller) => {
    const task = given(answer);
    return task?.id === undefined ? [] : [{ caller, id: task.id, version: task.meta?.versionId }];
  });
};

describe(`${CALLERS} callers of Task/$next at once, ${ROUNDS} rounds`, () => {
  it('one task: one winner, and the others get nothing', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await store(server, queued(`only-${round}`));
      const winners = await asked();
      expect(winners.map(({ id, version }) => [id, version])).toEqual([[`only-${round}`, '2']]);
      expect((await server.get(`Task/only-${round}`)).body).toMatchObject({ owner: { reference: `Practitioner/caller-${winners[0]?.caller}` }, meta: { versionId: '2' } });
    }
  }, 60_000 + ROUNDS * 3_000);

  it('a task each: everyone gets another one', async () => {
    for (let round = 0; round < Math.ceil(ROUNDS / 10); round++) {
      const ids = Array.from({ length: CALLERS }, (_, n) => `each-${round}-${n}`);
      await store(server, ...ids.map((id) => queued(id)));
      expect((await asked()).map(({ id }) => id).sort()).toEqual(ids.sort());
    }
  }, 60_000 + ROUNDS * 3_000);
});
