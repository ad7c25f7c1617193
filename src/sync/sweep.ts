import type { Bundle, FhirResource, Patient } from 'fhir/r4.js';
import type { ResourceChange, Resources } from '../fhir/resources.js';
import { SourceError, type SourceAnswer } from './client/index.js';
import { answersAny, healed, isAboutOne, isProtected, refusal } from './dead-letter.js';
import { matchesOf, meeting, nextOf, rowsOf, withFailures, write, type Lane, type Traversal } from './lane.js';
import { confirmMissing, settleLetters } from './missing.js';
import { beginOf, momentOf, PAGE } from './moments.js';
import type { TypePlan } from './plan.js';
import type { Source } from './source.js';
import { SOURCE_SYSTEM, upstreamOf } from './upstream.js';

/** Patients asked for at the same time, and written together. */
const AT_ONCE = 8;
/** More pages for one patient lead in a circle. */
const MOST_PAGES = 200;

/**
 * The resources of each patient that is known to come from the source, compared by content with what is stored: for
 * sources that can't be asked what changed. What of a patient is not there any more is asked for by itself.
 */
export const sweep: Traversal = async (plan, lane) => {
  const { journal } = lane;
  const roster = (await rosterOf(lane.source, lane.resources)).filter(({ remote }) => journal.checkpoint.position === undefined || remote > journal.checkpoint.position);
  const isFull = isWhole(lane, plan);
  const since = isFull ? {} : beginOf(journal.checkpoint.highWater);
  await sweepPatients(plan, roster, lane, since);
  if (isFull) await settleLetters(plan, new Set(), lane);
  return { highWater: journal.checkpoint.until ?? lane.now().toISOString(), ...(isFull ? { lastFull: lane.now().toISOString() } : {}) };
};

/**
 * Looks at some patients; without `since` at all of theirs, so that what is not there any more shows. One that the source
 * refuses keeps no other waiting. `isAnswered`: that all are refused says nothing of the source, since they are few.
 */
export async function sweepPatients(plan: TypePlan, roster: readonly OnRoster[], lane: Lane, since: Readonly<Record<string, string>> = {}, { isAnswered = false } = {}): Promise<void> {
  const { journal, mayGoOn } = lane;
  const isFull = Object.keys(since).length === 0;
  for (let at = 0; at < roster.length; at += AT_ONCE) {
    mayGoOn();
    const group = roster.slice(at, at + AT_ONCE);
    await meeting(async () => {
      const found = await Promise.all(group.filter(({ remote }) => lane.dead.get(searchOf(plan, remote)) !== 'protected').map((patient) => orRefused(plan, patient, since, lane)));
      const [answered, refused] = [found.filter((one) => 'resources' in one), found.filter((one) => 'error' in one)];
      isAnswered ||= answered.length > 0;
      const [first] = refused;
      isAnswered ||= first !== undefined && (isProtected(first.error) || (await answersAny(roster.slice(at + AT_ONCE), async (patient) => 'resources' in (await orRefused(plan, patient, since, lane)))));
      if (!isAnswered && first) throw first.error;
      const until = journal.checkpoint.until ?? answered[0]?.until;
      const resources = answered.flatMap((one) => one.resources);
      const gone = plan.mayRead && isFull ? await notFound(plan, answered.map(({ patient }) => patient), new Set(resources.map(({ id }) => id ?? '')), lane) : [];
      const well = answered.flatMap(({ patient }) => healed(searchOf(plan, patient.remote), lane));
      const rows = withFailures(await rowsOf(resources, lane), refused.map(({ patient, error }) => refusal(searchOf(plan, patient.remote), error, lane)));
      await write(rows, lane, { until, position: group.at(-1)?.remote }, [...gone, ...well]);
    });
  }
}

/** As dead letters name it. */
const searchOf = ({ type, patientParameter = 'patient' }: TypePlan, remote: string): string => `${type}?${patientParameter}=${remote}`;

type Found = { readonly patient: OnRoster; readonly resources: readonly FhirResource[]; readonly until: string } | { readonly patient: OnRoster; readonly error: SourceError };

async function orRefused(plan: TypePlan, patient: OnRoster, since: Readonly<Record<string, string>>, lane: Lane): Promise<Found> {
  try {
    // What came while the source refused a patient is older than the window, too.
    const isBehind = isNew(patient, since) || lane.dead.has(searchOf(plan, patient.remote));
    return { patient, ...(await ofPatient(plan, patient.remote, isBehind ? {} : since, lane)) };
  } catch (error) {
    if (!isAboutOne(error)) throw error;
    return { patient, error };
  }
}

/** Of whoever came on the roster since, what is older was never asked for. */
const isNew = ({ changed }: OnRoster, { _lastUpdated: since = '' }: Readonly<Record<string, string>>): boolean => Date.parse(changed ?? '') >= Date.parse(since.replace(/^ge/, ''));

/** A patient here, and its id at the source. */
export interface OnRoster {
  readonly remote: string;
  /** `Patient/1` */
  readonly local: string;
  /** When the record here was last changed, a FHIR instant: nobody was on the roster before. */
  readonly changed: string | undefined;
}

/** Patients that came from the source, and those that carry their address there as an identifier; by their ids there. */
export async function rosterOf({ id, base }: Source, resources: Resources): Promise<OnRoster[]> {
  const roster = new Map<string, Omit<OnRoster, 'remote'>>();
  const place = ({ id = '', meta }: Patient): Omit<OnRoster, 'remote'> => ({ local: `Patient/${id}`, changed: meta?.lastUpdated });
  for await (const page of resources.pages<Patient>('Patient', `_tag=${SOURCE_SYSTEM}|${id}`, { isPlain: true })) {
    for (const patient of page) {
      const known = upstreamOf(patient);
      if (known && known.missingSince === undefined) roster.set(known.target.replace('Patient/', ''), place(patient));
    }
  }
  for await (const page of resources.pages<Patient>('Patient', `identifier=${encodeURIComponent(base)}|`, { isPlain: true })) {
    for (const patient of page) {
      for (const { system, value } of patient.identifier ?? []) if (system === base && value?.startsWith('Patient/')) roster.set(value.slice('Patient/'.length), place(patient));
    }
  }
  return [...roster].map(([remote, where]) => ({ remote, ...where })).sort((a, b) => (a.remote < b.remote ? -1 : 1));
}

/** Whether all of a patient is asked for: without a window, what is not among it is not there. */
const isWhole = ({ journal, source }: Lane, { hasLastUpdated }: TypePlan): boolean => journal.checkpoint.isFull === true || !(source.kind === 'payer' && hasLastUpdated);

async function ofPatient(plan: TypePlan, remote: string, since: Readonly<Record<string, string>>, lane: Lane): Promise<{ readonly resources: FhirResource[]; readonly until: string }> {
  const { client } = lane;
  let answer: SourceAnswer<Bundle> = await client.search(plan.type, { [plan.patientParameter ?? 'patient']: remote, ...since, ...(plan.hasCount ? { _count: String(PAGE) } : {}) });
  const until = momentOf(answer, lane.now());
  const resources = matchesOf(answer.resource, new Set([plan.type]), lane);
  const asked = new Set<string>();
  for (let next = nextOf(answer); next !== undefined; next = nextOf(answer)) {
    if (asked.has(next) || asked.size === MOST_PAGES) throw new SourceError('unreadable', 'The pages of the source lead in a circle');
    asked.add(next);
    answer = await client.page(next);
    resources.push(...matchesOf(answer.resource, new Set([plan.type]), lane));
  }
  return { resources, until };
}

/** What is stored of these patients and was not found. */
async function notFound({ type }: TypePlan, group: readonly OnRoster[], found: ReadonlySet<string>, lane: Lane): Promise<ResourceChange[]> {
  if (group.length === 0) return [];
  const parameter = type === 'Coverage' ? 'beneficiary' : 'patient';
  const stored = await lane.resources.search<FhirResource>(type, `${parameter}=${group.map(({ local }) => local).join()}&_tag=${SOURCE_SYSTEM}|${lane.source.id}`, { most: 20_000 });
  const changes: ResourceChange[] = [];
  for (const resource of stored) {
    const known = upstreamOf(resource);
    if (known && known.missingSince === undefined && !found.has(known.target.split('/')[1] ?? '')) changes.push(...(await confirmMissing(resource, lane)));
  }
  return changes;
}
