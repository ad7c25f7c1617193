import type { Claim, Coverage, FhirResource, Patient, RelatedPerson, Resource, Task } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import { orderBenefits, type CobOrder } from '../../cob/index.js';
import { relative } from '../../claims/read-header.js';
import type { Accompaniment } from '../../fhir/accompany.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { withReferred } from '../derivation/lookup.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { AUTOMATION, detail, digest, toTask, WORK_SYSTEM, type WorkItem } from '../task.js';
import type { Done, Job } from '../worker.js';
import { because } from './draft.js';
import { isSynchronised } from './elsewhere.js';
import { settle, type Settled } from './settle.js';
import { reviewOfClaim } from './unmatched.js';

const LEASE_MS = 10_000;

/**
 * Each version of a coverage that a source of synchronisation brings, or that follows a merge of patients which one states,
 * and of a patient who stands as merged into another, whose coverages that one has then, brings the Task to look at what rests on it.
 */
export const coverageChanges = (now: () => Date, written: () => void): Accompaniment => ({
  types: new Set(['Coverage', 'Patient']),
  accompany(resource, reference) {
    if (resource.resourceType === 'Patient') return resource.link?.some(({ type }) => type === 'replaced-by') ? [lookAt(reference, reference, now())] : [];
    return isSynchronised(resource) || isMoved(resource) ? [lookAt(reference, relative((resource as Coverage).beneficiary?.reference), now())] : [];
  },
  written,
});

/** A coverage of the clinic's own, too. */
const isMoved = ({ meta }: Resource): boolean => meta?.tag?.some(({ system, code }) => system === `${CANONICAL}/CodeSystem/sync` && code === 'merged') ?? false;

const lookAt = (focus: string, patient: string | undefined, now: Date): FhirResource => ({
  ...toTask({ code: 'verify-cob', cause: [], focus, patient, description: 'Order the benefits anew, and look at the claims that rest on what has changed', owner: AUTOMATION, requester: AUTOMATION, authoredOn: now.toISOString() }),
  // The store completes the id by the version of what brought it.
  id: 'verify-cob',
});

/**
 * What a coverage that came or changed, or a merged patient, means: the order of benefits anew, a Task for people where it is not settled, and
 * every chain of claims of the patient reviewed again, which derives, marks stale or asks as that comes to. A coverage that
 * was another patient's before means that for both.
 */
export const coverageJob = ({ resources, find }: { readonly resources: Resources; readonly find: FindPlaybook }): Job => ({
  code: 'verify-cob',
  leaseMs: LEASE_MS,
  async run(task, now): Promise<Done> {
    const patients = await concerned(task, resources);
    if (patients.length === 0) return { changes: [], task: { ...task, businessStatus: { text: 'the patient is not known' } } };
    const cause = [task.focus?.reference ?? '', task.id ?? ''];
    const looks = await Promise.all(patients.map((patient) => lookedAt(patient, cause, { resources, find, now })));
    const output = looks.flatMap(({ tasks }) => tasks).map((reference) => ({ ...detail('task'), valueReference: { reference } }));
    return {
      changes: looks.flatMap(({ changes }) => changes),
      task: { ...task, businessStatus: { text: `order: ${looks.map(({ status }) => status).join(', ')}` }, ...(output.length > 0 ? { output } : {}) },
    };
  },
});

/** Whose coverage it is, and whose it ever was. */
async function concerned({ for: patient, focus }: Task, resources: Resources): Promise<string[]> {
  const [type, id = ''] = (focus?.reference ?? '').split('/');
  const versions = type === 'Coverage' ? await resources.versions<Coverage>('Coverage', id) : [];
  const named = [patient, ...versions.map(({ beneficiary }) => beneficiary)].flatMap((reference) => relative(reference?.reference) ?? []);
  return [...new Set(named.filter((reference) => reference.startsWith('Patient/')))];
}

interface Look extends Settled {
  /** Of the order of benefits. */
  readonly status: string;
}

async function lookedAt(patient: string, cause: readonly string[], { resources, find, now }: { readonly resources: Resources; readonly find: FindPlaybook; readonly now: Date }): Promise<Look> {
  const [claims, order, tasks] = await Promise.all([
    resources.search<Claim>('Claim', `patient=${patient}`),
    orderOf(patient, resources, now),
    resources.search<Task>('Task', `code=${WORK_SYSTEM}|verify-cob&focus=${patient}`),
  ]);
  const open = order?.status === 'needs-human' ? [withPlaybook(verification(order, patient, now), find)] : [];
  const asked = settle(open, { tasks: tasks.filter(isAsked) }, now);
  const reviews = claims.filter(isFirst).map((claim): ResourceChange => ({ put: toTask(reviewOfClaim(claim, ['coverage-changed', ...cause], now)), ifAbsent: true }));
  return { status: order?.status ?? 'no patient', tasks: asked.tasks, changes: [...reviews, ...asked.changes] };
}

/** What people were asked about the order of a patient's benefits, here. */
const isAsked = ({ statusReason }: Task): boolean => statusReason?.coding?.some(({ code }) => code === 'coverage-changed') ?? false;

/** The order of benefits of today, for medical services. */
async function orderOf(reference: string, resources: Resources, now: Date): Promise<CobOrder | undefined> {
  const [patient, coverages, relatedPersons] = await Promise.all([
    resources.read<Patient>('Patient', reference.slice('Patient/'.length)),
    resources.search<Coverage>('Coverage', `beneficiary=${reference}`),
    resources.search<RelatedPerson>('RelatedPerson', `patient=${reference}`),
  ]);
  if (!patient) return undefined;
  const all = await withReferred([patient, ...coverages, ...relatedPersons], resources);
  const ofType = <T extends FhirResource>(type: T['resourceType']): T[] => all.filter((resource): resource is T => resource.resourceType === type);
  return orderBenefits({
    coverages, patient, relatedPersons: ofType<RelatedPerson>('RelatedPerson'), organizations: ofType('Organization'), subscribers: ofType<Patient>('Patient').filter((other) => other !== patient),
    date: now.toISOString().slice(0, 10), benefitType: 'medical', relatedCause: 'none',
  });
}

/** The first of its chain, which stands for all of it. */
const isFirst = ({ related = [], status }: Claim): boolean => status === 'active' && related.every(({ claim }) => claim === undefined);

/** One for the same open questions, however many coverages bring them. */
const verification = ({ missing, conflict }: CobOrder, patient: string, now: Date): WorkItem => ({
  code: 'verify-cob',
  cause: ['coverage-changed', patient, digest(JSON.stringify([missing, conflict]))],
  reason: because('work-reason', 'coverage-changed'),
  focus: patient,
  patient,
  description: 'A coverage came or changed, and the order of benefits is not settled: ask what stands among the inputs',
  requester: AUTOMATION,
  inputs: missing.map(({ coverage, question }) => ({ ...detail('finding'), valueString: `${coverage}: ${question}` })),
  authoredOn: now.toISOString(),
});
