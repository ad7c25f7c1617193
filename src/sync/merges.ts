import type { FhirResource, Patient } from 'fhir/r4.js';
import type { Resources } from '../fhir/resources.js';
import { remoteTarget, type Address } from './identity.js';
import { locate } from './locate.js';
import { baseOf, SOURCE_SYSTEM, upstreamOf, type Upstream } from './upstream.js';

type Stated = Pick<Upstream, 'replacedBy' | 'replaces'>;

/** What a source states of merges in one of its resources, as it came (`Patient.link`, R4 §8.1.5.1). */
export function mergesIn(resource: FhirResource, source: Address): Stated {
  const links: readonly unknown[] = resource.resourceType === 'Patient' && Array.isArray(resource.link) ? resource.link : [];
  const named = (kind: string): string[] => links.flatMap((link) => {
    const { type, other } = (link ?? {}) as { readonly type?: unknown; readonly other?: { readonly reference?: unknown } | null };
    const target = type === kind && typeof other?.reference === 'string' ? remoteTarget(source, other.reference) : undefined;
    return target?.type === 'Patient' ? `Patient/${target.id}` : [];
  });
  return { replacedBy: named('replaced-by')[0], replaces: named('replaces') };
}

/** The same text for the same merges. */
export const saysOf = ({ replacedBy = '', replaces }: Stated): string => [replacedBy, ...replaces].join(' ');

/** Who of ours (`Patient/1`) was merged into whom, and by which source (its Endpoint's id). */
export type Merges = ReadonlyMap<string, { readonly into: string; readonly by: string | undefined }>;

/**
 * The merges that sources state, on the record that is left or on the one that stays; the record that is left is to be
 * believed first. What somebody else wrote into a `Patient.link` here merges nobody.
 */
export async function mergesOf(resources: Resources): Promise<Merges> {
  const [own, told] = [new Map<string, { into: string; by: string | undefined }>(), new Map<string, { into: string; by: string | undefined }>()];
  for await (const page of resources.pages<Patient>('Patient', 'link:missing=false', { isPlain: true })) {
    for (const patient of page) {
      const { replacedBy, replaces = [] } = upstreamOf(patient) ?? {};
      const base = baseOf(patient);
      if (base === undefined || (replacedBy === undefined && replaces.length === 0)) continue;
      const here = async (target: string): Promise<string | undefined> => locate(base, { type: 'Patient', id: target.slice('Patient/'.length) }, resources);
      const by = patient.meta?.tag?.find(({ system }) => system === SOURCE_SYSTEM)?.code;
      const into = replacedBy === undefined ? undefined : await here(replacedBy);
      if (into !== undefined) own.set(`Patient/${patient.id ?? ''}`, { into, by });
      for (const each of replaces) {
        const left = await here(each);
        if (left !== undefined) told.set(left, { into: `Patient/${patient.id ?? ''}`, by });
      }
    }
  }
  return new Map([...told, ...own]);
}

/** Who stands at the end of what has replaced a patient; undefined: nobody, or they replace each other in a circle. */
export function successorIn(merges: Merges, patient: string): string | undefined {
  const seen = new Set([patient]);
  let last: string | undefined;
  for (let one = merges.get(patient)?.into; one !== undefined; one = merges.get(one)?.into) {
    if (seen.has(one)) return undefined;
    seen.add(one);
    last = one;
  }
  return last;
}
