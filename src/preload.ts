import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { parseExact } from './fhir/json/exact.js';
import type { Resources } from './fhir/resources.js';
import type { Store } from './store/store.js';

/** Puts the seed's transaction Bundles into an empty store, in one commit; a store that holds anything is left alone. */
export async function loadSeed(store: Store, resources: Resources, folder: string): Promise<boolean> {
  if (!(await store.isEmpty())) return false;
  const names = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
  const entries = names.flatMap((name) => (parseExact(readFileSync(join(folder, name), 'utf8')) as Bundle<FhirResource>).entry ?? []);
  await resources.commit(entries.flatMap(({ resource }) => (resource ? [{ put: resource }] : [])));
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
