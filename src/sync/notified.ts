import type { Basic, Bundle, FhirResource, Parameters } from 'fhir/r4.js';
import type { ResourceChange, Resources } from '../fhir/resources.js';
import { madeId } from './checkpoint.js';
import { isAboutOne, refusal } from './dead-letter.js';
import { remoteTarget } from './identity.js';
import { meeting, NO_ROWS, store, withFailures, write, type Lane, type Traversal } from './lane.js';
import { gone, isGone } from './missing.js';
import type { TypePlan } from './plan.js';
import { withProvenance } from './provenance.js';
import type { Source } from './source.js';
import { rosterOf, sweepPatients } from './sweep.js';
import { SYNC_SYSTEM } from './upstream.js';

/** The lane of what a source tells of itself. */
export const NOTIFIED_LANE = 'notified';

/** More in one notification is none: the next look finds everything anyway. */
const MOST = 5_000;
/** Notices that are read in one go. */
const AT_A_TIME = 200;

export interface Target {
  readonly type: string;
  readonly id: string;
}

/**
 * What a notification of a subscription names (R5 Subscriptions backport to R4, `notification-event` focus; entries with
 * or without content). Only the names are believed: everything is read from the source.
 */
export function targetsOf({ entry = [] }: Bundle, source: Source): Target[] {
  const named = entry.flatMap(({ fullUrl, resource, request }) => [
    fullUrl, request?.url, ...(resource?.resourceType === 'Parameters' ? focuses(resource as Parameters) : []),
    ...(resource?.id === undefined ? [] : [`${resource.resourceType}/${resource.id}`]),
  ]);
  const targets = named.flatMap((name) => (name === undefined ? [] : (remoteTarget(source, name) ?? [])));
  return [...new Map(targets.map((target) => [`${target.type}/${target.id}`, target])).values()].slice(0, MOST);
}

const focuses = ({ parameter = [] }: Parameters): string[] =>
  parameter.filter(({ name }) => name === 'notification-event').flatMap(({ part = [] }) => part.filter(({ name }) => name === 'focus').flatMap(({ valueReference }) => valueReference?.reference ?? []));

const NOTICE = `${SYNC_SYSTEM}|notified`;

/** What a notification named, written down before it is answered: it is read from the source whatever happens meanwhile. A later one of the same is another version. */
export const noticesOf = (targets: readonly Target[], source: Source, at: Date): Basic[] => targets.map(({ type, id }) => ({
  resourceType: 'Basic',
  id: madeId('notified', source.base, type, id),
  identifier: [{ system: source.base, value: `${type}/${id}`, period: { start: at.toISOString() } }],
  code: { coding: [{ system: SYNC_SYSTEM, code: 'notified' }] },
  subject: { reference: `Endpoint/${source.id}` },
}));

/** What is still to be read of what notifications named, the next of it. */
export const openNotices = ({ id }: Source, resources: Pick<Resources, 'first'>, most = AT_A_TIME): Promise<Basic[]> => resources.first<Basic>('Basic', `code=${NOTICE}&subject=Endpoint/${id}`, most);

/** Reads what was named; of a patient, what is asked for by patient too. A notice goes with what it came to. */
export const notified = (plans: readonly TypePlan[]): Traversal => async (_plan, lane) => {
  for (let notices = await openNotices(lane.source, lane.resources); notices.length > 0; notices = await openNotices(lane.source, lane.resources)) {
    for (const notice of notices) {
      lane.mayGoOn();
      await meeting(() => followed(notice, plans, lane));
    }
  }
  return {};
};

async function followed({ id: noticeId = '', identifier = [] }: Basic, plans: readonly TypePlan[], lane: Lane): Promise<void> {
  // As it stands now: what was told of it once more is looked at once.
  const notice = await lane.resources.glance<Basic>('Basic', noticeId);
  if (!notice) return;
  const done: ResourceChange = { delete: { type: 'Basic', id: noticeId }, expectVersion: Number(notice.meta?.versionId) };
  const [type = '', id = ''] = identifier[0]?.value?.split('/') ?? [];
  const mayRead = plans.some((plan) => plan.type === type && plan.mayRead);
  if (type === 'Patient') {
    if (mayRead) await readOne({ type, id }, [], lane);
    const roster = (await rosterOf(lane.source, lane.resources)).filter(({ remote }) => remote === id);
    for (const plan of plans) if (plan.patientParameter !== undefined && roster.length > 0) await sweepPatients(plan, roster, lane, {}, { isAnswered: true });
    await lane.journal.write([done], {});
  } else if (mayRead) await readOne({ type, id }, [done], lane);
  else await lane.journal.write([done], {});
}

async function readOne({ type, id }: Target, done: readonly ResourceChange[], lane: Lane): Promise<void> {
  const target = `${type}/${id}`;
  try {
    await store([(await lane.client.read<FhirResource>(type, id)).resource], lane, {}, done);
  } catch (error) {
    if (isGone(error)) {
      const here = (await lane.locate({ type, id }))?.split('/')[1];
      const stood = here === undefined ? undefined : await lane.resources.glance(type as FhirResource['resourceType'], here);
      await lane.journal.write([...(stood ? withProvenance(await gone(stood, error, lane), lane) : []), ...done], {});
    } else if (isAboutOne(error)) await write(withFailures(NO_ROWS, [refusal(target, error, lane)]), lane, {}, done);
    else throw error;
  }
}
