import { createHash, randomUUID } from 'node:crypto';
import type { Binary, DocumentReference } from 'fhir/r4.js';
import { afterEach, describe, expect, test } from 'vitest';
import { compose } from '../../src/compose.js';
import type { Resources } from '../../src/fhir/resources.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { importRemittances } from '../../src/work/remittance/import.js';
import { contentOf, PART, rawFile, toKeep, type FileContent } from '../../src/work/remittance/raw-file.js';
import { hasTransactions, serverUrl } from '../store/mongo-server.js';
import { newDatabase, newFolder, places, type NewPlace } from '../store/places.js';
import { authored } from '../x12/files.js';
import { padded } from '../x12/padded.js';

const NOW = new Date('2026-11-22T10:00:00Z');
const FILE = authored('tertiary', '1-primary-payer.835');
/** More than MongoDB holds in one document, and no whole number of parts. */
const LARGE = padded(FILE, 17 * 2 ** 20);

const mongo = serverUrl !== undefined && (await hasTransactions(serverUrl)) ? serverUrl : undefined;
const STORES: (readonly [string, NewPlace])[] = [['in a folder', newFolder], ...(mongo === undefined ? [] : [['on MongoDB', newDatabase(mongo)] as const])];
if (mongo === undefined) console.log('not run: large files on MongoDB; COBALT_TEST_MONGODB names no server with transactions');

describe.each(STORES)('a file, kept %s', (_where, make) => {
  const place = places(make);
  const stores: Store[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  async function opened(): Promise<Resources> {
    const store = await openStore((await place()).address);
    stores.push(store);
    return (await compose({ store, baseUrl: 'http://127.0.0.1/fhir', seed: 'none', now: () => NOW, newId: randomUUID, log: () => undefined, isReady: () => true })).resources;
  }
  const importing = (content: FileContent, resources: Resources) => importRemittances(content, { resources, now: () => NOW });
  const all = async (resources: Resources): Promise<Binary[]> => resources.search<Binary>('Binary', '');

  test('more than a resource holds stands in parts, whole; the same again changes nothing', async () => {
    const resources = await opened();
    const { reconciliations } = await importing(contentOf(LARGE), resources);
    expect(reconciliations).toHaveLength(1);
    const [document] = await resources.search<DocumentReference>('DocumentReference', '');
    const { url = '', size, hash } = document!.content[0]!.attachment;
    expect([size, hash]).toEqual([LARGE.length, createHash('sha1').update(LARGE).digest('base64')]);
    const whole = await resources.read<Binary>('Binary', url.slice('Binary/'.length));
    expect([whole?.contentType, whole?.data]).toEqual(['application/edi-x12', undefined]);
    const parts = await Promise.all((whole?._data?.extension ?? []).map(({ valueReference }) => resources.read<Binary>('Binary', valueReference?.reference?.slice('Binary/'.length) ?? '')));
    expect(parts.map((part) => part?.contentType)).toEqual(Array.from({ length: Math.ceil(LARGE.length / PART) }, () => 'application/octet-stream'));
    expect(Buffer.concat(parts.map((part) => Buffer.from(part?.data ?? '', 'base64'))).equals(LARGE)).toBe(true);
    const before = await resources.latestChange();
    expect((await importing(contentOf(LARGE), resources)).duplicate).toBe(true);
    expect(await resources.latestChange()).toBe(before);
  }, 120_000);

  test('what a crash left of its parts is taken up', async () => {
    const resources = await opened();
    const file = await rawFile(contentOf(LARGE));
    let parts = 0;
    const dying: Resources = { ...resources, commit: (changes) => (++parts > 2 ? Promise.reject(new Error('killed')) : resources.commit(changes)) } as Resources;
    await expect(toKeep(file, dying)).rejects.toThrow('killed');
    expect(await all(resources)).toHaveLength(2);
    const [whole, ...more] = await toKeep(file, resources);
    expect([whole?.id, more.length, (await all(resources)).length]).toEqual([file.id, 0, Math.ceil(LARGE.length / PART)]);
  }, 120_000);

  test('a remittance that is known leaves no parts of the file that it comes in', async () => {
    const resources = await opened();
    await importing(contentOf(Buffer.from(FILE)), resources);
    expect((await importing(contentOf(LARGE), resources)).duplicate).toBe(true);
    expect(await all(resources)).toHaveLength(1);
  }, 120_000);

  test('one that changes while it is taken is not taken', async () => {
    const resources = await opened();
    const file = await rawFile(contentOf(LARGE));
    await expect(toKeep({ ...file, content: contentOf(LARGE.subarray(1)) }, resources)).rejects.toThrow('changed while it was taken');
  }, 120_000);
});
