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
 * Makes Cobalt's own conformance resources readable over REST. Done once for what they say: a start with the same
 * resources writes nothing. Each is stored under its id, or the last part of its canonical URL.
 */
export async function loadConformance(store: Store, resources: Resources, conformance: readonly FhirResource[]): Promise<void> {
  const fact = `conformance ${createHash('sha256').update(JSON.stringify(conformance)).digest('hex')}`;
  if ((await store.getFact(fact)) !== undefined) return;
  await resources.commit(conformance.map((resource) => ({ put: resource })));
  await store.initFact(fact, 'loaded');
}
