import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { parseExact } from './fhir/json/exact.js';
import type { Resources } from './fhir/resources.js';
import type { Store } from './store/store.js';
import { importRemittances, type ImportContext } from './work/remittance/import.js';
import { contentOf } from './work/remittance/raw-file.js';

/** That an empty store was begun to be filled, and that it was done. */
const BEGUN = 'seed begun';
const DONE = 'seed done';

/**
 * Puts the seed into an empty store: its transaction Bundles in one commit, then its remittances as if they arrived. A
 * store that holds anything else is left alone; one that a crash left half filled is filled.
 */
export async function loadSeed(store: Store, context: ImportContext, folder: string): Promise<boolean> {
  if (await store.isEmpty()) await store.initFact(BEGUN, 'yes');
  if ((await store.getFact(BEGUN)) === undefined || (await store.getFact(DONE)) !== undefined) return false;
  const filesOf = (ending: string): Buffer[] => readdirSync(folder).filter((name) => name.endsWith(ending)).sort().map((name) => readFileSync(join(folder, name)));
  const entries = filesOf('.json').flatMap((file) => (parseExact(file.toString('utf8')) as Bundle<FhirResource>).entry ?? []);
  await context.resources.commit(entries.flatMap(({ resource }) => (resource ? [{ put: resource }] : [])));
  for (const file of filesOf('.835')) await importRemittances(contentOf(file), context);
  await store.initFact(DONE, 'yes');
  return true;
}

/**
 * Makes Cobalt's own conformance resources readable over REST, each under its id. Done once for what they say: a start
 * with the same resources writes nothing. They stand alone, so each is a commit of its own: a store without transactions
 * takes them too.
 */
export async function loadConformance(store: Store, resources: Resources, conformance: readonly FhirResource[]): Promise<void> {
  const fact = `conformance ${createHash('sha256').update(JSON.stringify(conformance)).digest('hex')}`;
  if ((await store.getFact(fact)) !== undefined) return;
  await Promise.all(conformance.map((resource) => resources.commit([{ put: resource }])));
  await store.initFact(fact, 'loaded');
}
