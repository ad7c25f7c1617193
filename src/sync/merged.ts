import type { Coverage, Patient, Reference } from 'fhir/r4.js';
import { structureDefinition } from '../claims/canonical.js';
import type { Resources } from '../fhir/resources.js';
import { withProvenance } from './provenance.js';
import { committed, type Settling } from './settle.js';
import { MERGED, SOURCE_SYSTEM, SYNC_SYSTEM } from './upstream.js';

const MERGED_FROM = structureDefinition('merged-from');

/** What of a coverage names somebody: whom it covers, and who holds it. */
const PEOPLE = ['beneficiary', 'subscriber', 'policyHolder'] as const;
type People = Partial<Pick<Coverage, (typeof PEOPLE)[number]>>;

/** `Patient/1` → who stands at the end of what has replaced that one; undefined: nobody, or they replace each other in a circle. */
type Successor = (patient: string) => Promise<string | undefined>;

/**
 * Takes the coverages of a patient whom the source has merged into another along to that one (`Patient.link` replaced-by,
 * R4 §8.1.5.1), and back where it has taken the merge back: whom a coverage named before stands beside the reference
 * (extension `merged-from`). What claims rest on them is looked at as after every change of a coverage. Done twice it changes nothing.
 */
export async function followMerges({ source, resources, now }: Pick<Settling, 'source' | 'resources' | 'now'>): Promise<void> {
  const successor = remembered(resources);
  const put = async (coverages: readonly Coverage[]): Promise<void> => {
    for (const coverage of coverages) {
      const people = await placed(coverage, successor, resources);
      if (JSON.stringify(people) === JSON.stringify(peopleOf(coverage))) continue;
      const moved = Object.assign(coverage, people, { meta: marked(coverage.meta, people) });
      await committed(withProvenance([{ put: moved, expectVersion: Number(coverage.meta?.versionId) }], { source, run: coverage.meta?.lastUpdated ?? '', now }), resources);
    }
  };
  for await (const page of resources.pages<Patient>('Patient', `link:missing=false&_tag=${SOURCE_SYSTEM}|${source.id}`, { isPlain: true })) {
    for (const { id = '' } of page) if ((await successor(`Patient/${id}`)) !== undefined) await put(await coveragesOf(`Patient/${id}`, resources));
  }
  for await (const page of resources.pages<Coverage>('Coverage', `_tag=${SYNC_SYSTEM}|${MERGED.code ?? ''}`)) await put(page);
}

const peopleOf = (coverage: Coverage): People => Object.fromEntries(PEOPLE.flatMap((element) => (coverage[element] ? [[element, coverage[element]]] : [])));

/** Whom the coverage names when merges are followed from whom its source names. */
async function placed(coverage: Coverage, successor: Successor, resources: Settling['resources']): Promise<People> {
  return Object.fromEntries(await Promise.all(Object.entries(peopleOf(coverage)).map(async ([element, reference]) => [element, await followed(reference)] as const))) as People;

  async function followed(reference: Reference): Promise<Reference> {
    const before = mergedFrom(reference);
    const from = before ?? reference.reference;
    if (from?.startsWith('Patient/') !== true || !(await resources.holds('Patient', from.slice('Patient/'.length)))) return reference;
    const to = await successor(from);
    const { extension = [], ...rest } = reference;
    const others = extension.filter(({ url }) => url !== MERGED_FROM);
    const all = to === undefined ? others : [...others, { url: MERGED_FROM, valueReference: { reference: from } }];
    return { ...(all.length > 0 ? { extension: all } : {}), ...rest, reference: to ?? from };
  }
}

const mergedFrom = ({ extension = [] }: Reference): string | undefined => extension.find(({ url }) => url === MERGED_FROM)?.valueReference?.reference;

function marked({ tag = [], ...meta }: NonNullable<Coverage['meta']> = {}, people: People): NonNullable<Coverage['meta']> {
  const others = tag.filter(({ system, code }) => !(system === MERGED.system && code === MERGED.code));
  const all = Object.values(people).some((reference) => mergedFrom(reference) !== undefined) ? [...others, MERGED] : others;
  return { ...meta, ...(all.length > 0 ? { tag: all } : {}) };
}

function remembered(resources: Pick<Resources, 'glance'>): Successor {
  const known = new Map<string, Promise<string | undefined>>();
  return async (patient) => {
    const found = known.get(patient) ?? successorOf(patient, resources);
    known.set(patient, found);
    return found;
  };
}

async function successorOf(patient: string, resources: Pick<Resources, 'glance'>): Promise<string | undefined> {
  const next = async (one: string): Promise<string | undefined> =>
    (await resources.glance<Patient>('Patient', one.slice('Patient/'.length)))?.link?.find(({ type, other }) => type === 'replaced-by' && other.reference?.startsWith('Patient/'))?.other.reference;
  const seen = new Set([patient]);
  let last: string | undefined;
  for (let one = await next(patient); one !== undefined; one = await next(one)) {
    if (seen.has(one)) return undefined;
    seen.add(one);
    last = one;
  }
  return last;
}

async function coveragesOf(patient: string, resources: Settling['resources']): Promise<Coverage[]> {
  const found = await Promise.all(['beneficiary', 'subscriber', 'policy-holder'].map((parameter) => resources.search<Coverage>('Coverage', `${parameter}=${patient}`)));
  return [...new Map(found.flat().map((coverage) => [coverage.id, coverage])).values()];
}
