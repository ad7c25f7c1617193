import type { Coding, Coverage, Reference } from 'fhir/r4.js';
import { structureDefinition } from '../claims/canonical.js';
import type { Resources } from '../fhir/resources.js';
import { mergesOf, successorIn, type Merges } from './merges.js';
import { withProvenance } from './provenance.js';
import { committed, type Settling } from './settle.js';
import { MERGED, SYNC_SYSTEM } from './upstream.js';

const MERGED_FROM = structureDefinition('merged-from');

/** What of a coverage names somebody: whom it covers, and who holds it. */
const PEOPLE = ['beneficiary', 'subscriber', 'policyHolder'] as const;
type Named = (typeof PEOPLE)[number];
type People = Partial<Pick<Coverage, Named>>;

/**
 * Takes the coverages of a patient whom the source has merged into another along to that one (`Patient.link`, R4 §8.1.5.1),
 * and back where it has taken the merge back: whom a coverage named before stands beside the reference (extension
 * `merged-from`). What claims rest on them is looked at as after every change of a coverage: the version that goes back has
 * the tag of those that follow, by which that is known, and the one after it has not. Done twice it changes nothing.
 */
export async function followMerges({ source, resources, now }: Pick<Settling, 'source' | 'resources' | 'now'>): Promise<void> {
  const merges = await mergesOf(resources);
  const put = async (coverages: readonly Coverage[]): Promise<void> => {
    for (const coverage of coverages) {
      const people = await placed(coverage, merges, resources);
      const isSame = JSON.stringify(people) === JSON.stringify(peopleOf(coverage));
      if (isSame && (isMarked(coverage) === areMerged(people))) continue;
      const moved = Object.assign(coverage, people, { meta: marked(coverage.meta, !isSame || areMerged(people)) });
      await committed(withProvenance([{ put: moved, expectVersion: Number(coverage.meta?.versionId) }], { source, run: coverage.meta?.lastUpdated ?? '', now }), resources);
    }
  };
  for (const [patient, { by }] of merges) if (by === source.id && successorIn(merges, patient) !== undefined) await put(await coveragesOf(patient, resources));
  // Once to take back, and once more to say that there is nothing to take back.
  for (let times = 0; times < 2; times++) for await (const page of resources.pages<Coverage>('Coverage', `_tag=${SYNC_SYSTEM}|${MERGED.code ?? ''}`)) await put(page);
}

const peopleOf = (coverage: Coverage): People => Object.fromEntries(PEOPLE.flatMap((element) => (coverage[element] ? [[element, coverage[element]]] : [])));

/** Whom the coverage names when merges are followed from whom its source names. */
async function placed(coverage: Coverage, merges: Merges, resources: Resources): Promise<People> {
  return Object.fromEntries(await Promise.all((Object.entries(peopleOf(coverage)) as [Named, Reference][]).map(async ([element, reference]) => [element, await followed(element, reference)] as const))) as People;

  async function followed(element: Named, reference: Reference): Promise<Reference> {
    const from = await namedBefore(element, reference);
    if (from?.startsWith('Patient/') !== true || !(await resources.holds('Patient', from.slice('Patient/'.length)))) return reference;
    const to = successorIn(merges, from);
    const { extension = [], ...rest } = reference;
    const others = extension.filter(({ url }) => url !== MERGED_FROM);
    const all = to === undefined ? others : [...others, { url: MERGED_FROM, valueReference: { reference: from } }];
    return { ...(all.length > 0 ? { extension: all } : {}), ...rest, reference: to ?? from };
  }

  /** Whom it named before a merge, as far as that is true: it leads to where it stands now, or a version of the coverage did name them. */
  async function namedBefore(element: Named, reference: Reference): Promise<string | undefined> {
    const before = mergedFrom(reference);
    if (before === undefined || successorIn(merges, before) === reference.reference) return before ?? reference.reference;
    const versions = await resources.versions<Coverage>('Coverage', coverage.id ?? '');
    return versions.some((version) => version[element]?.reference === before && mergedFrom(version[element]) === undefined) ? before : reference.reference;
  }
}

const mergedFrom = ({ extension = [] }: Reference): string | undefined => extension.find(({ url }) => url === MERGED_FROM)?.valueReference?.reference;

const areMerged = (people: People): boolean => Object.values(people).some((reference) => mergedFrom(reference) !== undefined);

const isMark = ({ system, code }: Coding): boolean => system === MERGED.system && code === MERGED.code;

const isMarked = ({ meta }: Coverage): boolean => meta?.tag?.some(isMark) ?? false;

function marked({ tag = [], ...meta }: NonNullable<Coverage['meta']> = {}, isDue: boolean): NonNullable<Coverage['meta']> {
  const all = [...tag.filter((each) => !isMark(each)), ...(isDue ? [MERGED] : [])];
  return { ...meta, ...(all.length > 0 ? { tag: all } : {}) };
}

async function coveragesOf(patient: string, resources: Settling['resources']): Promise<Coverage[]> {
  const found = await Promise.all(['beneficiary', 'subscriber', 'policy-holder'].map((parameter) => resources.search<Coverage>('Coverage', `${parameter}=${patient}`)));
  return [...new Map(found.flat().map((coverage) => [coverage.id, coverage])).values()];
}
