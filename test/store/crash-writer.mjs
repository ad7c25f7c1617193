// Runs numbered transactions on the built store until it is killed or all are done: crash-writer.mjs DIRECTORY FROM TO
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../dist/src/store/sqlite/index.js';

const IN_FLIGHT = 8;
const [directory, from, to] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

const say = (line) => writeSync(1, `${line}\n`);
const change = (type, id, n) => ({
  op: 'put',
  type,
  id,
  method: 'PUT',
  body: [`{"resourceType":"${type}","id":"`, { slot: 'id' }, '","meta":{', { slot: 'meta' }, `},"n":${n},"pad":"${'x'.repeat(3_000)}"}`],
  index: [{ kind: 'token', param: 'transaction', code: String(n) }],
});

say('loaded');
const store = await openSqliteStore({ directory });
say('open');
let next = from;
await Promise.all(
  Array.from({ length: IN_FLIGHT }, async () => {
    while (next <= to) {
      const n = next++;
      await store.commit([change('Claim', `t${n}`, n), change('Basic', 'shared', n), change('ClaimResponse', `t${n}`, n), change('Task', `t${n}`, n)]);
      say(n);
    }
  }),
);
await store.close();
say('closed');
