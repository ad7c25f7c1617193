import type { FhirResource, Identifier } from 'fhir/r4.js';
import type { Resources } from '../fhir/resources.js';
import { localId } from './identity.js';
import type { Locate } from './references.js';
import type { Source } from './source.js';
import { upstreamOf } from './upstream.js';

/** What is remembered of where things are, at most. */
const MOST = 50_000;
/** Types of which something that was here before may carry its address at a source as an identifier. */
const ALIASED: ReadonlySet<string> = new Set(['Patient', 'Coverage', 'Organization', 'Practitioner', 'RelatedPerson', 'Claim']);

export interface Places {
  /** Under the id that follows from where it comes from, else as `alias`. What was found is remembered. */
  readonly locate: Locate;
  /** By its address there as an identifier. These are read once, since as good as nothing of what is asked for has one. */
  readonly alias: Locate;
}

/** Finds a source's resources here. */
export function locating({ base }: Source, resources: Resources): Places {
  const found = new Map<string, string>();
  const aliases = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const alias: Locate = async ({ type, id }) => {
    if (!ALIASED.has(type)) return undefined;
    const ofType = aliases.get(type) ?? aliasesOf(type, base, resources);
    aliases.set(type, ofType);
    return (await ofType).get(`${type}/${id}`);
  };
  const locate: Locate = async (target) => {
    const address = `${target.type}/${target.id}`;
    const known = found.get(address);
    if (known !== undefined) return known;
    const id = localId(base, target.type, target.id);
    const here = (await resources.holds(target.type, id)) ? `${target.type}/${id}` : await alias(target);
    if (here === undefined) return undefined;
    if (found.size >= MOST) found.clear();
    found.set(address, here);
    return here;
  };
  return { locate, alias };
}

/** Where one resource of a source stands here, as it is now: `Type/id`; undefined: nowhere, or in two places. */
export async function locate(base: string, { type, id }: Parameters<Locate>[0], resources: Resources): Promise<string | undefined> {
  const derived = localId(base, type, id);
  if (await resources.holds(type, derived)) return `${type}/${derived}`;
  if (!ALIASED.has(type)) return undefined;
  const [one, another] = await resources.first<FhirResource>(type as FhirResource['resourceType'], `identifier=${encodeURIComponent(base)}|${encodeURIComponent(`${type}/${id}`)}`, 2);
  return one && !another ? `${type}/${one.id ?? ''}` : undefined;
}

/** Whether a resource here is one of the source at `base`: it was taken from there, or carries its address there as an identifier. */
export function isOf(resource: FhirResource, base: string): boolean {
  const { resourceType: type, id } = resource;
  const { identifier } = resource as { identifier?: Identifier | readonly Identifier[] };
  const target = upstreamOf(resource)?.target.split('/')[1];
  return (target !== undefined && id === localId(base, type, target)) || [identifier ?? []].flat().some(({ system, value }) => system === base && value?.startsWith(`${type}/`) === true);
}

/** `Type/id` there → `Type/id` here. Two that carry the same address contradict each other: neither is it. */
async function aliasesOf(type: string, base: string, resources: Resources): Promise<ReadonlyMap<string, string>> {
  const aliases = new Map<string, string>();
  const contradicted = new Set<string>();
  for await (const page of resources.pages<FhirResource>(type as FhirResource['resourceType'], `identifier=${encodeURIComponent(base)}|`, { isPlain: true })) {
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
