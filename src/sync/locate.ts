import type { FhirResource } from 'fhir/r4.js';
import type { Resources } from '../fhir/resources.js';
import { localId } from './identity.js';
import type { Locate } from './references.js';
import type { Source } from './source.js';

/** What is remembered of where things are, at most. */
const MOST = 50_000;
/** Types of which something that was here before may carry its address at a source as an identifier. */
const ALIASED: ReadonlySet<string> = new Set(['Patient', 'Coverage', 'Organization', 'Practitioner', 'RelatedPerson', 'Claim']);

/** Finds a source's resource here: under the id that follows from where it comes from, else by its address there as an identifier. What was found is remembered. */
export function locating({ base }: Source, resources: Resources): Locate {
  const found = new Map<string, string>();
  return async ({ type, id }) => {
    const target = `${type}/${id}`;
    const known = found.get(target);
    if (known !== undefined) return known;
    const here = (await byId(type, localId(base, type, id), resources)) ?? (ALIASED.has(type) ? await byAlias(type, base, target, resources) : undefined);
    if (here === undefined) return undefined;
    if (found.size >= MOST) found.clear();
    found.set(target, here);
    return here;
  };
}

async function byId(type: string, id: string, resources: Resources): Promise<string | undefined> {
  return (await resources.read(type as FhirResource['resourceType'], id)) ? `${type}/${id}` : undefined;
}

/** Two that carry the same address contradict each other: neither is it. */
async function byAlias(type: string, base: string, target: string, resources: Resources): Promise<string | undefined> {
  const matches = await resources.first(type as FhirResource['resourceType'], `identifier=${encodeURIComponent(`${base}|${target}`)}`, 2);
  return matches.length === 1 ? `${type}/${matches[0]?.id ?? ''}` : undefined;
}
