import type { FhirResource } from 'fhir/r4.js';
import { FhirError } from '../fhir/outcome.js';
import type { ResourceChange } from '../fhir/resources.js';
import { NOTHING, toBasic } from './checkpoint.js';
import type { IntakeContext } from './intake.js';
import { readCheckpoint } from './journal.js';
import { withProvenance } from './provenance.js';
import { resolve, wantedBy } from './references.js';
import { isSyncType, SYNC_TYPES, type SyncType } from './source.js';
import { SOURCE_SYSTEM, SYNC_SYSTEM, withTags } from './upstream.js';

export type Settling = Pick<IntakeContext, 'source' | 'resources' | 'locate' | 'now'>;

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

/** All together; one by one where somebody changed one of them meanwhile. */
export async function committed(changes: readonly ResourceChange[], resources: Settling['resources']): Promise<void> {
  if (changes.length === 0) return;
  try {
    await resources.write(changes, { orInOrder: true });
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 412) throw error;
    if (changes.length > 1) for (const change of changes) await committed([change], resources);
  }
}
