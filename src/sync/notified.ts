import type { Bundle, FhirResource, Parameters } from 'fhir/r4.js';
import { localId, remoteTarget } from './identity.js';
import { isAboutOne, refusal } from './dead-letter.js';
import { meeting, NO_ROWS, store, withFailures, write, type Lane, type Traversal } from './lane.js';
import { gone, isGone } from './missing.js';
import type { TypePlan } from './plan.js';
import { withProvenance } from './provenance.js';
import type { Source } from './source.js';
import { rosterOf, sweepPatients } from './sweep.js';

/** The lane of what a source tells of itself. */
export const NOTIFIED_LANE = 'notified';

/** More in one notification is none: the next look finds everything anyway. */
const MOST = 500;

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

/** Reads what was named; of a patient, what is asked for by patient too. */
export const notified = (targets: readonly Target[], plans: readonly TypePlan[]): Traversal => async (_plan, lane) => {
  for (const target of targets.filter(({ type }) => plans.some((plan) => plan.type === type && plan.mayRead))) {
    lane.mayGoOn();
    await meeting(() => readOne(target, lane));
  }
  const patients = new Set(targets.filter(({ type }) => type === 'Patient').map(({ id }) => id));
  const roster = patients.size > 0 ? (await rosterOf(lane.source, lane.resources)).filter(({ remote }) => patients.has(remote)) : [];
  for (const plan of plans) if (plan.patientParameter !== undefined && roster.length > 0) await sweepPatients(plan, roster, lane);
  return {};
};

async function readOne({ type, id }: Target, lane: Lane): Promise<void> {
  const target = `${type}/${id}`;
  try {
    await store([(await lane.client.read<FhirResource>(type, id)).resource], lane, {});
  } catch (error) {
    if (isGone(error)) {
      const stood = await lane.resources.glance(type as FhirResource['resourceType'], localId(lane.source.base, type, id));
      if (stood) await lane.journal.write(withProvenance(await gone(stood, error, lane), lane), {});
    } else if (isAboutOne(error)) await write(withFailures(NO_ROWS, [refusal(target, error, lane)]), lane, {});
    else throw error;
  }
}
