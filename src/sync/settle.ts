import type { Coverage, FhirResource, Patient, Reference } from 'fhir/r4.js';
import { FhirError } from '../fhir/outcome.js';
import type { ResourceChange } from '../fhir/resources.js';
import { NOTHING, toBasic } from './checkpoint.js';
import type { IntakeContext } from './intake.js';
import { readCheckpoint } from './journal.js';
import { withProvenance } from './provenance.js';
import { resolve, wantedBy } from './references.js';
import { isSyncType, SYNC_TYPES, type SyncType } from './source.js';
import { SOURCE_SYSTEM, SYNC_SYSTEM, withTags } from './upstream.js';

type Settling = Pick<IntakeContext, 'source' | 'resources' | 'locate' | 'now'>;

/** The checkpoint that says up to which moment of our store what was waited for was looked for. */
const SETTLED_LANE = 'settled';
/** What others commit may come to stand so long before what can be read already (`Store.settlingMs`, and some). */
const OVERLAP_MS = 2 * 60_000;

/** Which of them R4 lets refer to each. */
const REFERRERS: Readonly<Record<SyncType, readonly SyncType[]>> = {
  Organization: ['Organization', 'Practitioner', 'Patient', 'Encounter', 'Account', 'Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit'],
  Practitioner: ['Patient', 'Encounter', 'Account', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit'],
  Patient: ['Patient', 'RelatedPerson', 'Encounter', 'Account', 'Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit'],
  RelatedPerson: ['Patient', 'Encounter', 'Account', 'Coverage', 'Claim', 'ExplanationOfBenefit'],
  Encounter: ['Encounter', 'Claim', 'ExplanationOfBenefit'],
  Account: ['Encounter', 'Account'],
  Coverage: ['Account', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit'],
  Claim: ['Claim', 'ClaimResponse', 'ExplanationOfBenefit'],
  ClaimResponse: ['Claim', 'ClaimResponse', 'ExplanationOfBenefit'],
  ExplanationOfBenefit: [],
};

/**
 * Finds what references waited for, now that more is here: looks at what may refer to types of which something was changed
 * here since the last time; `all`: at everything that waits. Done twice it changes nothing; what others changed meanwhile is
 * looked at the next time.
 */
export async function settleReferences(context: Settling, { all = false } = {}): Promise<void> {
  const { source, resources, now } = context;
  const { highWater } = await readCheckpoint(source.id, SETTLED_LANE, resources);
  const until = await resources.latestChange();
  for (const type of all ? SYNC_TYPES : await waiting(highWater, context)) {
    for await (const page of resources.pages<FhirResource>(type, `_tag=${SYNC_SYSTEM}|unresolved&_tag=${SOURCE_SYSTEM}|${source.id}`, { isPlain: true })) {
      const changes = (await Promise.all(page.map((resource) => settled(resource, context)))).flat();
      await committed(withProvenance(changes, { source, run: until ?? '', now }), resources);
    }
  }
  if (until !== highWater) await resources.write([{ put: toBasic({ source: source.id, lane: SETTLED_LANE, highWater: until, counts: NOTHING, version: 0 }) }]);
}

/** The types that may refer to something that was made or changed since. */
async function waiting(since: string | undefined, { resources }: Settling): Promise<readonly SyncType[]> {
  const query = since === undefined ? '' : `_lastUpdated=ge${new Date(Date.parse(since) - OVERLAP_MS).toISOString()}`;
  const changed = await Promise.all(SYNC_TYPES.map(async (type) => ((await resources.first(type, query, 1)).length > 0 ? REFERRERS[type] : [])));
  const types = new Set(changed.flat());
  return SYNC_TYPES.filter((type) => types.has(type));
}

/** `resource`: for a look, of which there are many for one that is changed. */
async function settled(resource: FhirResource, { source, resources, locate }: Settling): Promise<ResourceChange[]> {
  const here = await Promise.all(wantedBy(resource, source.base).filter(({ type }) => isSyncType(type)).map(locate));
  if (here.every((found) => found === undefined)) return [];
  const stood = await resources.read(resource.resourceType, resource.id ?? '');
  if (!stood) return [];
  const { resolved, isUnresolved } = await resolve(stood, source.base, locate);
  if (resolved === 0) return [];
  const version = Number(stood.meta?.versionId);
  return [{ put: Object.assign(stood, { meta: { ...stood.meta, tag: withTags(stood.meta?.tag, source.id, isUnresolved) } }), expectVersion: version }];
}

/**
 * Takes the coverages of a patient whom the source has merged into another along to that one (`Patient.link` replaced-by,
 * R4 §8.1.5.1). What claims rest on them is looked at as after every change of a coverage. Done twice it changes nothing.
 */
export async function followMerges({ source, resources, now }: Settling): Promise<void> {
  for await (const page of resources.pages<Patient>('Patient', `link:missing=false&_tag=${SOURCE_SYSTEM}|${source.id}`, { isPlain: true })) {
    for (const { id = '', link = [] } of page) {
      const successor = await successorOf(`Patient/${id}`, link, resources);
      if (successor === undefined) continue;
      for (const coverage of await coveragesOf(`Patient/${id}`, resources)) {
        const moved = (reference: Reference | undefined): Reference | undefined => (reference?.reference === `Patient/${id}` ? { ...reference, reference: successor } : reference);
        const [beneficiary, subscriber, policyHolder] = [moved(coverage.beneficiary), moved(coverage.subscriber), moved(coverage.policyHolder)];
        const put = Object.assign(coverage, { beneficiary, ...(subscriber ? { subscriber } : {}), ...(policyHolder ? { policyHolder } : {}) });
        await committed(withProvenance([{ put, expectVersion: Number(coverage.meta?.versionId) }], { source, run: id, now }), resources);
      }
    }
  }
}

/** Who stands at the end of what has replaced a patient; undefined: nobody, or they replace each other in a circle. */
async function successorOf(patient: string, link: Patient['link'], resources: Settling['resources']): Promise<string | undefined> {
  const next = (links: Patient['link']): string | undefined => links?.find(({ type, other }) => type === 'replaced-by' && other.reference?.startsWith('Patient/'))?.other.reference;
  const seen = new Set([patient]);
  let last: string | undefined;
  for (let one = next(link); one !== undefined; one = next((await resources.glance<Patient>('Patient', one.slice('Patient/'.length)))?.link)) {
    if (seen.has(one)) return undefined;
    seen.add(one);
    last = one;
  }
  return last;
}

/** Those that name somebody: as whom they cover, or as who holds them. */
async function coveragesOf(patient: string, resources: Settling['resources']): Promise<Coverage[]> {
  const found = await Promise.all(['beneficiary', 'subscriber', 'policy-holder'].map((parameter) => resources.search<Coverage>('Coverage', `${parameter}=${patient}`)));
  return [...new Map(found.flat().map((coverage) => [coverage.id, coverage])).values()];
}

/** All together; one by one where somebody changed one of them meanwhile. */
async function committed(changes: readonly ResourceChange[], resources: Settling['resources']): Promise<void> {
  if (changes.length === 0) return;
  try {
    await resources.write(changes, { orInOrder: true });
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 412) throw error;
    if (changes.length > 1) for (const change of changes) await committed([change], resources);
  }
}
