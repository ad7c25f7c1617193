import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { PAGE } from '../../src/store/version-log.js';
import { hasToken, plan } from '../store/contract/harness.js';
import { allOf } from '../store/contract/version-log.js';
import { places, withLog, withStore } from '../store/places.js';
import type { NewPlace, Place } from '../store/places.js';
import { cobalt } from './run.js';

const PAGES = 12;
const PATIENTS = 100;

/** A store that takes several steps to copy: patients, and their claims in two versions each. */
async function fill(place: Place): Promise<void> {
  const versions = PAGES * PAGE.versions;
  const text = (type: string, id: string, version: number, more: string): Buffer => Buffer.from(`{"resourceType":"${type}","id":"${id}","meta":{"versionId":"${version}","lastUpdated":"2026-01-01T00:00:00.000Z"},${more}}`);
  await withLog(place, (log) => log.append(Array.from({ length: versions }, (_, i) => {
    const stamp = Date.parse('2026-01-01T00:00:00Z') * 1024 + i;
    const own = { stamp, deleted: false, method: 'PUT' as const, index: [] };
    if (i < PATIENTS) return { ...own, type: 'Patient', id: `p${i}`, version: 1, current: true, body: text('Patient', `p${i}`, 1, '"gender":"female"') };
    const [id, version] = [`c${(i - PATIENTS) >> 1}`, 1 + ((i - PATIENTS) & 1)];
    return { ...own, type: 'Claim', id, version, current: version === 2 || i === versions - 1, body: text('Claim', id, version, `"status":"active","use":"claim","patient":{"reference":"Patient/p${i % PATIENTS}"},"total":{"value":${version}.10}`) };
  }), new Map([['page-link-key', 'secret']])));
}

const claimsOf = (store: Store, patient: string): ReturnType<Store['search']> => store.search(plan('Claim', { op: 'reference', param: 'patient', type: 'Patient', id: patient }, { count: 200 }));

/** `cobalt migrate` as a process, from one kind of place to another. */
export function migrationProcess(name: string, newSource: NewPlace, newTarget: NewPlace): void {
  describe(`cobalt migrate ${name}`, () => {
    const source = places(newSource);
    const target = places(newTarget);

    it('copies all, indexed as the server does, however often it is killed', { timeout: 120_000 }, async () => {
      const [from, to] = [await source(), await target()];
      await fill(from);
      const words = ['migrate', '--from', from.text, '--to', to.text];
      let kills = 0;
      for (let copied = false; !copied; ) {
        // Dies somewhere between two lines, a step further each time.
        const dieAt = 2 + kills;
        const delay = Math.random() * 10;
        let dying = false;
        const { code, output, errors } = await cobalt(words, {
          onOutput: (printed, running) => {
            if (dying || kills > 5 || printed.split('\n').length < dieAt) return;
            dying = true;
            setTimeout(() => running.kill('SIGKILL'), delay);
          },
        }).ended;
        expect([errors, code ?? 'killed']).toEqual(['', dying ? expect.anything() : 0]);
        if (code === undefined) kills++;
        copied = code === 0;
        if (copied) expect(output).toMatch(/The copy is complete, and the same as its source:\n {2}Claim: 2950 resources, 5900 versions, [0-9a-f]{16}\n {2}Patient: 100 resources, 100 versions, /);
      }
      expect(kills).toBeGreaterThan(0);
      expect(await withLog(to, allOf)).toEqual(await withLog(from, allOf));
      await withStore(to, async (store) => {
        expect((await claimsOf(store, 'p7')).matches).toHaveLength(59);
        expect((await store.search(plan('Patient', hasToken('gender', 'female'), { count: 1, total: 'accurate' }))).total).toBe(100);
        expect(await store.getFact('page-link-key')).toBe('secret');
      });
    });
  });
}
