import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Bundle, FhirResource, SearchParameter } from 'fhir/r4.js';
import type { Search } from '../../../src/fhir/search/index.js';
import { createSearch } from '../../../src/fhir/search/index.js';
import { inProject } from '../../../src/root.js';

export const BASE = 'http://127.0.0.1:8080/fhir';
/** What `ap` measures from. */
export const NOW = Date.UTC(2026, 0, 1);

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

export const projectParameters = (): SearchParameter[] =>
  readdirSync(inProject('profiles')).filter((name) => name.startsWith('SearchParameter-')).map((name) => json(inProject('profiles', name)) as SearchParameter);

export const search = (): Promise<Search> => createSearch({ baseUrl: BASE, extraParameters: projectParameters(), now: () => NOW });

/** Resources of the shared samples, those inside Bundles one by one; undefined, with a printed line, where there are none. */
export function sampleResources(folder: 'fhir' | 'synthea', most = Infinity): FhirResource[] | undefined {
  const path = inProject('..', 'shared', 'samples', folder);
  if (!existsSync(path)) {
    console.log(`skipped: no ../shared/samples/${folder}`);
    return undefined;
  }
  const files = readdirSync(path).filter((name) => name.endsWith('.json')).slice(0, most);
  return files.flatMap((name) => {
    const resource = json(`${path}/${name}`) as Bundle;
    const inside = (resource.entry ?? []).flatMap((entry) => (entry.resource ? [entry.resource as FhirResource] : []));
    return resource.resourceType ? [resource as FhirResource, ...inside] : [];
  });
}
