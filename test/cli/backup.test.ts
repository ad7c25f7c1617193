import { openSync, closeSync, writeSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoggedVersion } from '../../src/store/version-log.js';
import { commitOne, put, token } from '../store/contract/harness.js';
import { newFolder, places, withLog, withStore, type Place } from '../store/places.js';
import { cobalt } from './run.js';

/** Writes a second while the backup is made. */
const RATE = 500;
const folderOf = ({ text }: Place): string => text.replace('sqlite:', '');

/** As text, so that two can be compared. */
async function versionsOf(place: Place): Promise<string[]> {
  return withLog(place, async (log) => {
    const versions: LoggedVersion[] = [];
    for (let page = await log.after(undefined); page.length > 0; page = await log.after(page.at(-1))) versions.push(...page);
    return versions.map(({ body, ...head }) => JSON.stringify({ ...head, current: undefined, body: Buffer.from(body).toString('utf8') }));
  });
}

describe('cobalt backup, restore, verify', () => {
  const folder = places(newFolder);

  it(`copies a store as it is at one moment while ${RATE} writes a second go on, and makes the same store of it elsewhere`, async () => {
    const [source, backup, restored] = [await folder(), await folder(), await folder()];
    let writes = 0;
    let before = 0;
    await withStore(source, async (store) => {
      const write = async (): Promise<void> => {
        const n = writes++;
        await commitOne(store, put('Basic', `b${n % 2_000}`, { rest: `,"code":{"text":"${'x'.repeat(500)} ${n}"}`, index: [token('code', `c${n}`)] }));
      };
      while (writes < 3_000) await Promise.all(Array.from({ length: 50 }, write));
      before = writes;
      let over = false;
      const started = performance.now();
      const writing = (async () => {
        while (!over) {
          const due = before + ((performance.now() - started) / 1_000) * RATE;
          if (writes < due) await Promise.all(Array.from({ length: Math.ceil(due - writes) }, write));
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      const made = await cobalt(['backup', '--from', source.text, '--to', backup.text]).ended;
      over = true;
      await writing;
      expect(made).toMatchObject({ code: 0, errors: '' });
      expect(made.output).toMatch(/^The backup is complete\. It holds:\n {2}Basic: 2000 resources, \d+ versions, [0-9a-f]{16}\n$/);
    });
    expect(writes).toBeGreaterThan(before);
    const [all, copied] = [await versionsOf(source), await versionsOf(backup)];
    expect(copied.length).toBeGreaterThanOrEqual(before);
    expect(copied).toEqual(all.slice(0, copied.length));
    const verified = await cobalt(['verify', '--store', backup.text]).ended;
    const again = await cobalt(['restore', '--from', backup.text, '--to', restored.text]).ended;
    expect([verified.code, again.code]).toEqual([0, 0]);
    expect(again.output.split('\n').slice(1)).toEqual(verified.output.split('\n').slice(1));
    expect(await versionsOf(restored)).toEqual(copied);
    await withStore(restored, async (store) => {
      expect((await store.search({ types: ['Basic'], where: { op: 'token', param: 'code', code: `c${before - 1}` }, sort: [], count: 2, total: 'none', includes: [] })).matches).toHaveLength(1);
      expect(await commitOne(store, put('Basic', 'new'))).toMatchObject({ outcome: 'created' });
    });
  }, 120_000);

  it('refuses a folder that holds a store, one that holds none, and a file that is damaged', async () => {
    const [source, taken, empty] = [await folder(), await folder(), await folder()];
    for (const place of [source, taken]) await withStore(place, async (store) => void (await Promise.all(Array.from({ length: 400 }, (_, n) => commitOne(store, put('Basic', `b${n}`, { rest: `,"x":"${'y'.repeat(900)}"` }))))));
    for (const command of ['backup', 'restore']) {
      expect(await cobalt([command, '--from', source.text, '--to', taken.text]).ended).toMatchObject({ code: 73, output: '', errors: expect.stringContaining('already') });
      expect(await cobalt([command, '--from', `${empty.text}/none`, '--to', empty.text]).ended).toMatchObject({ code: 69, output: '', errors: expect.stringMatching(/^There is no store in .*\n$/) });
    }
    const file = join(folderOf(source), 'cobalt.db');
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(8_192, 0xff), 0, 8_192, Math.floor(statSync(file).size / 8_192 / 2) * 8_192);
    closeSync(handle);
    for (const words of [['verify', '--store', source.text], ['backup', '--from', source.text, '--to', (await folder()).text]]) {
      expect(await cobalt(words).ended).toMatchObject({ code: 69, output: '', errors: 'The database file is damaged. Restore it from a backup.\n' });
    }
  }, 60_000);
});
