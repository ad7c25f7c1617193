import type { FhirResource, Identifier } from 'fhir/r4.js';
import type { Resources } from '../fhir/resources.js';
import { localId } from './identity.js';
import type { Locate } from './references.js';
import type { Source } from './source.js';

/** What is remembered of where things are, at most. */
const MOST = 50_000;
/** Types of which something that was here before may carry its address at a source as an identifier. */
const ALIASED: ReadonlySet<string> = new Set(['Patient', 'Coverage', 'Organization', 'Practitioner', 'RelatedPerson', 'Claim']);

/**
 * Finds a source's resource here: under the id that follows from where it comes from, else by its address there as an
 * identifier. What was found is remembered; the addresses are read once, since as good as nothing of what is asked for has one.
 */
export function locating({ base }: Source, resources: Resources): Locate {
  const found = new Map<string, string>();
  const aliases = new Map<string, Promise<ReadonlyMap<string, string>>>();
  return async ({ type, id }) => {
    const target = `${type}/${id}`;
    const known = found.get(target);
    if (known !== undefined) return known;
    if (ALIASED.has(type) && !aliases.has(type)) aliases.set(type, aliasesOf(type, base, resources));
    const here = (await byId(type, localId(base, type, id), resources)) ?? (await aliases.get(type))?.get(target);
    if (here === undefined) return undefined;
    if (found.size >= MOST) found.clear();
    found.set(target, here);
    return here;
  };
}

async function byId(type: string, id: string, resources: Resources): Promise<string | undefined> {
  return (await resources.read(type as FhirResource['resourceType'], id)) ? `${type}/${id}` : undefined;
}

/** `Type/id` there → `Type/id` here. Two that carry the same address contradict each other: neither is it. */
async function aliasesOf(type: string, base: string, resources: Resources): Promise<ReadonlyMap<string, string>> {
  const aliases = new Map<string, string>();
  const contradicted = new Set<string>();
  for await (const page of resources.pages<FhirResource>(type as FhirResource['resourceType'], `identifier=${encodeURIComponent(base)}|`)) {
    for (const resource of page) {
      const { identifier = [] } = resource as { identifier?: readonly Identifier[] };
      for (const { system, value = '' } of identifier) {
        if (system !== base || !value.startsWith(`${type}/`)) continue;
        if (aliases.has(value)) contradicted.add(value);
        aliases.set(value, `${type}/${resource.id ?? ''}`);
      }
    }
  }
  for (const value of contradicted) aliases.delete(value);
  return aliases;
}
