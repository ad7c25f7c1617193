import { closeSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { commitOne, put } from '../store/contract/harness.js';
import { newFolder, places, withStore, type Place } from '../store/places.js';
import { cobalt, type Ended } from './run.js';

const folderOf = ({ text }: Place): string => text.replace('sqlite:', '');
const doctor = (environment: Record<string, string>): Promise<Ended> => cobalt(['doctor'], { environment }).ended;

describe('cobalt doctor', () => {
  const folder = places(newFolder);

  it('finds all well before the first start, and beside a server that runs', async () => {
    const place = await folder();
    const environment = { COBALT_DATA: folderOf(place) };
    const before = await doctor(environment);
    expect([before.code, before.errors]).toEqual([0, '']);
    expect(before.output.split('\n').slice(0, -1).map((line) => line.replace(/:.*/, ''))).toEqual(['ok   settings', 'ok   store', 'ok   disk', 'ok   clock', 'ok   folders', 'ok   issuers', 'ok   endpoints']);
    await withStore(place, async (store) => {
      await commitOne(store, put('Patient', 'a'));
      expect(await doctor(environment)).toMatchObject({ code: 0, output: expect.stringContaining('its indexes are sound') });
    });
  });

  it('says what is wrong, and what to do: settings', async () => {
    expect(await doctor({ COBALT_DTA: '/tmp' })).toMatchObject({ code: 78, output: expect.stringMatching(/^FAIL settings: COBALT_DTA is not a setting/) });
  });

  it('a folder that is not there; an issuer that does not answer; the other checks go on', async () => {
    const environment = { COBALT_DATA: folderOf(await folder()), COBALT_ERA_DIR: '/nonexistent/era', COBALT_ISSUERS: JSON.stringify([{ issuer: 'http://127.0.0.1:9', audience: 'http://127.0.0.1:8080/fhir' }]) };
    const { code, output } = await doctor(environment);
    expect(code).toBe(69);
    expect(output).toContain('FAIL folders: COBALT_ERA_DIR names /nonexistent/era');
    expect(output).toContain('FAIL issuers: http://127.0.0.1:9 does not answer');
    expect(output).toContain('ok   store');
  });

  it('a clock that goes wrong', async () => {
    const place = await folder();
    const store = await openSqliteStore({ directory: folderOf(place), now: () => Date.now() + 3_600_000 });
    await commitOne(store, put('Patient', 'a'));
    await store.close();
    expect(await doctor({ COBALT_DATA: folderOf(place) })).toMatchObject({ code: 69, output: expect.stringMatching(/^FAIL clock: it is .* set the clock right\.$/m) });
  });

  it('a file that is damaged', async () => {
    const place = await folder();
    mkdirSync(folderOf(place), { recursive: true });
    await withStore(place, async (store) => void (await Promise.all(Array.from({ length: 400 }, (_, n) => commitOne(store, put('Basic', `b${n}`, { rest: `,"x":"${'y'.repeat(900)}"` }))))));
    const file = join(folderOf(place), 'cobalt.db');
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(8_192, 0xff), 0, 8_192, Math.floor(statSync(file).size / 8_192 / 2) * 8_192);
    closeSync(handle);
    expect(await doctor({ COBALT_DATA: folderOf(place) })).toMatchObject({ code: 69, output: expect.stringContaining('FAIL store: The database file is damaged. Restore it from a backup.') });
  });
});
