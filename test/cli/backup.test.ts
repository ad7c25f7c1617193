import { createHash } from 'node:crypto';
import { openSync, closeSync, writeSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoggedVersion } from '../../src/store/version-log.js';
import { commitOne, put } from '../store/contract/harness.js';
import { newFolder, places, withLog, withStore, type Place } from '../store/places.js';
import { Mortal } from '../work/automation/killing.js';
import { cobalt } from './run.js';

/** For how many seconds writes go on: `COBALT_TEST_BACKUP=60` for the whole of it, at 500 a second. */
const SECONDS = Number(process.env['COBALT_TEST_BACKUP'] ?? 3);
const IS_WHOLE = process.env['COBALT_TEST_BACKUP'] !== undefined;
/** Writes a second, each a PUT over HTTP that was acknowledged. */
const RATE = IS_WHOLE ? 500 : 100;
const BACKUPS = IS_WHOLE ? 4 : 1;
const RESOURCES = IS_WHOLE ? 2_000 : 400;
const LANES = 24;
const folderOf = ({ text }: Place): string => text.replace('sqlite:', '');

/** As text, so that two can be compared. */
async function versionsOf(place: Place): Promise<string[]> {
  return withLog(place, async (log) => {
    const versions: LoggedVersion[] = [];
    for (let page = await log.after(undefined); page.length > 0; page = await log.after(page.at(-1))) versions.push(...page);
    return versions.map(({ body, ...head }) => JSON.stringify({ ...head, current: undefined, body: Buffer.from(body).toString('utf8') }));
  });
}

const hashOf = (versions: readonly string[]): string => createHash('sha256').update(versions.join('\n')).digest('hex');

describe('cobalt backup, restore, verify', () => {
  const folder = places(newFolder);

  it(`copies a store as it is at one moment while ${RATE} writes a second go on, and makes the same store of it elsewhere`, async () => {
    const [source, restored] = [await folder(), await folder()];
    const server = new Mortal({ COBALT_DATA: folderOf(source), COBALT_AUTOMATION: 'off', COBALT_LOG: 'error' });
    const made: { readonly backup: Place; readonly before: number; readonly rate: number }[] = [];
    try {
      const base = await server.base;
      let acknowledged = 0;
      let sent = 0;
      const write = async (): Promise<void> => {
        const n = sent++;
        const id = `b${n % RESOURCES}`;
        const { status } = await fetch(`${base}/Basic/${id}`, { method: 'PUT', headers: { 'Content-Type': 'application/fhir+json' }, body: JSON.stringify({ resourceType: 'Basic', id, code: { coding: [{ code: `c${n}` }], text: 'x'.repeat(500) } }) });
        expect(status).toBeLessThan(300);
        acknowledged++;
      };
      while (sent < RESOURCES) await Promise.all(Array.from({ length: 50 }, write));
      const begun = performance.now();
      let over = false;
      const writing = Promise.all(Array.from({ length: LANES }, async () => {
        while (!over) {
          if (sent < RESOURCES + ((performance.now() - begun) / 1_000) * RATE) await write();
          else await new Promise((resolve) => setTimeout(resolve, 2));
        }
      }));
      for (let n = 0; n < BACKUPS; n++) {
        const backup = await folder();
        const [before, from] = [acknowledged, performance.now()];
        expect(await cobalt(['backup', '--from', source.text, '--to', backup.text]).ended).toMatchObject({ code: 0, errors: '', output: expect.stringMatching(/^The backup is complete\. It holds:\n[\s\S]*^ {2}Basic: \d+ resources, \d+ versions, [0-9a-f]{16}\n/m) });
        made.push({ backup, before, rate: (acknowledged - before) / ((performance.now() - from) / 1_000) });
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + (SECONDS * 1_000 * (n + 1)) / BACKUPS - performance.now())));
      }
      over = true;
      await writing;
      const all = (acknowledged - RESOURCES) / ((performance.now() - begun) / 1_000);
      expect(all).toBeGreaterThan(RATE * (IS_WHOLE ? 0.9 : 0.5));
      console.log(`${BACKUPS} backups beside ${all.toFixed(0)} writes a second over ${SECONDS} s; during each ${made.map(({ rate }) => rate.toFixed(0)).join(', ')} a second`);
    } finally {
      await server.kill('SIGTERM');
    }
    const all = await versionsOf(source);
    for (const { backup, before, rate } of made) {
      // Writes went on meanwhile; how many a second, on a machine that copies and compares as well, is stated above.
      expect(rate).toBeGreaterThan(RATE * 0.2);
      const copied = await versionsOf(backup);
      expect(copied.length).toBeGreaterThanOrEqual(before);
      expect(hashOf(copied)).toBe(hashOf(all.slice(0, copied.length)));
      // Never in the middle of a commit: each version of a Basic came with its AuditEvent.
      expect(copied.filter((version) => version.includes('"reference\\":\\"Basic/b')).length).toBe(copied.filter((version) => version.startsWith('{"type":"Basic"')).length);
    }
    const { backup } = made.at(-1)!;
    const verified = await cobalt(['verify', '--store', backup.text]).ended;
    const again = await cobalt(['restore', '--from', backup.text, '--to', restored.text]).ended;
    expect([verified.code, again.code]).toEqual([0, 0]);
    expect(again.output.split('\n').slice(1)).toEqual(verified.output.split('\n').slice(1));
    const copied = await versionsOf(backup);
    expect(hashOf(await versionsOf(restored))).toBe(hashOf(copied));
    const last = /"code\\":\\"(c\d+)/.exec(copied.findLast((version) => version.startsWith('{"type":"Basic"')) ?? '')?.[1] ?? '';
    await withStore(restored, async (store) => {
      expect((await store.search({ types: ['Basic'], where: { op: 'token', param: 'code', code: last }, sort: [], count: 2, total: 'none', includes: [] })).matches).toHaveLength(1);
      expect(await commitOne(store, put('Basic', 'new'))).toMatchObject({ outcome: 'created' });
    });
  }, 180_000 + SECONDS * 4_000);

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
