import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FhirResource, PaymentReconciliation, Bundle } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { compose } from '../../src/compose.js';
import type { LogEntry } from '../../src/fhir/interactions/interaction.js';
import type { Resources } from '../../src/fhir/resources.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';
import { eraFolder } from '../../src/work/remittance/era-folder.js';
import { authored } from '../x12/files.js';
import { padded } from '../x12/padded.js';

const NOW = new Date('2026-11-22T10:00:00Z');
const data = mkdtempSync(join(tmpdir(), 'cobalt-test-'));
const log: LogEntry[] = [];
let store: Store;
let resources: Resources;
let folder: string;

beforeAll(async () => {
  store = await openSqliteStore({ directory: data, now: () => NOW.getTime() });
  ({ resources } = await compose({ store, baseUrl: 'http://127.0.0.1/fhir', seed: 'none', now: () => NOW, newId: randomUUID, log: () => undefined, isReady: () => true }));
  const { entry = [] } = JSON.parse(authored('tertiary', 'resources.json')) as Bundle;
  await resources.commit(entry.flatMap(({ resource }) => (resource ? [{ put: resource as FhirResource }] : [])));
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cobalt-era-'));
  log.length = 0;
});
afterAll(async () => {
  await store.close();
  rmSync(data, { recursive: true, force: true });
});

function leave(name: string, text: string, secondsAgo = 60): void {
  writeFileSync(join(folder, name), text);
  const time = NOW.getTime() / 1000 - secondsAgo;
  utimesSync(join(folder, name), time, time);
}
const look = (): Promise<void> => eraFolder({ folder, resources, log: (entry) => log.push(entry) })(NOW);
const payments = (): Promise<PaymentReconciliation[]> => resources.search<PaymentReconciliation>('PaymentReconciliation', '');
const namesIn = (name: string): string[] => (existsSync(join(folder, name)) ? readdirSync(join(folder, name)).map((each) => each.replace(/\.[0-9a-f]{8}(?=$|\.)/, '')).sort() : []);

test('a file that has settled is imported and moved; what is still written, and folders, are left', async () => {
  leave('one.835', authored('tertiary', '1-primary-payer.835'));
  leave('two.835.part', authored('tertiary', '2-secondary-payer.835'));
  leave('three.835', authored('tertiary', '2-secondary-payer.835'), 1);
  mkdirSync(join(folder, 'archive'));
  await look();
  expect((await payments()).map(({ paymentIdentifier }) => paymentIdentifier?.value)).toEqual(['MD260331010']);
  expect([namesIn('done'), readdirSync(folder).sort()]).toEqual([['one.835'], ['archive', 'done', 'three.835', 'two.835.part']]);
});

test('a file that a crash left after its import, and one that two processes take, change nothing', async () => {
  leave('again.835', authored('tertiary', '1-primary-payer.835'));
  await Promise.all([look(), look()]);
  expect([(await payments()).length, namesIn('done'), namesIn('failed')]).toEqual([1, ['again.835'], []]);
});

test('files of one name keep each other in place', async () => {
  leave('same.835', authored('tertiary', '1-primary-payer.835'));
  await look();
  leave('same.835', authored('tertiary', '2-secondary-payer.835'));
  await look();
  expect([(await payments()).length, namesIn('done')]).toEqual([2, ['same.835', 'same.835']]);
});

test('a file that can\'t be read is put aside with the reason, without what it holds', async () => {
  leave('bad.835', authored('tertiary', '1-primary-payer.835').replace('SE*37*', 'SE*36*'));
  await look();
  expect(namesIn('failed')).toEqual(['bad.835', 'bad.835.reason.txt']);
  const reason = readdirSync(join(folder, 'failed')).find((name) => name.endsWith('.txt')) ?? '';
  expect(readFileSync(join(folder, 'failed', reason), 'utf8')).toContain('segment 39, SE01: the count');
  expect(JSON.stringify(log)).not.toContain('bad.835');
});

test('while the store is not there the file waits', async () => {
  leave('waits.835', authored('reversal-correction', '3-balance-forward.835'));
  const failing: Resources = { ...resources, read: () => Promise.reject(new Error('closed')), search: () => Promise.reject(new Error('closed')) } as Resources;
  await expect(eraFolder({ folder, resources: failing, log: () => undefined })(NOW)).rejects.toThrow('closed');
  expect(readdirSync(folder)).toEqual(['waits.835']);
});

test('a file of any size is imported', { timeout: 120_000 }, async () => {
  writeFileSync(join(folder, 'large.835'), padded(authored('professional-secondary', 'remit.835'), 20 * 2 ** 20));
  const time = NOW.getTime() / 1000 - 60;
  utimesSync(join(folder, 'large.835'), time, time);
  await look();
  expect([namesIn('done'), log.map(({ event }) => event)]).toEqual([['large.835'], ['remittance file imported']]);
  expect((await payments()).map(({ paymentIdentifier }) => paymentIdentifier?.value)).toContain('IR260312044');
});
