import type { Claim, ClaimResponse, FhirResource, PaymentReconciliation, Task } from 'fhir/r4.js';
import type { WriteOffPolicy } from '../../claims/disposition/write-off-class.js';
import { relative, type Decision } from '../../claims/read-header.js';
import type { Accompaniment } from '../../fhir/accompany.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { because } from '../automation/draft.js';
import { isAboutPatientOf } from '../derivation/lookup.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { AUTOMATION, taskId, toTask, workCodeOf } from '../task.js';
import type { Done, Job } from '../worker.js';
import { post } from './post.js';

/** A posting takes milliseconds: what a process that died had taken is done by another soon. */
const LEASE_MS = 10_000;

/** What brings entries to the ledger: a decision that the server has reviewed, and a payment that has come. */
export const postings = (now: () => Date, written: () => void): Accompaniment => ({
  types: new Set(['Task', 'PaymentReconciliation']),
  accompany(resource, reference) {
    const focus = resource.resourceType === 'Task' ? reviewedFocus(resource) : isPayment(resource) ? reference : undefined;
    return focus === undefined ? [] : [postingOf(focus, resource.resourceType === 'Task' ? resource.for?.reference : undefined, now())];
  },
  written,
});

const isPayment = (resource: FhirResource): boolean => resource.resourceType === 'PaymentReconciliation' && (resource.status === 'active' || resource.status === 'cancelled' || resource.status === 'entered-in-error');

const reviewedFocus = (task: Task): string | undefined =>
  task.status === 'completed' && task.owner?.reference === AUTOMATION && workCodeOf(task) === 'review-adjudication' ? relative(task.focus?.reference) : undefined;

const postingOf = (focus: string, patient: string | undefined, now: Date): Task => ({
  ...toTask({
    code: 'post-payment', cause: [], focus, patient, owner: AUTOMATION, requester: AUTOMATION, authoredOn: now.toISOString(),
    description: 'Post what was decided or paid to the patients’ ledgers',
  }),
  // The store completes the id by the version of what brought it.
  id: 'post-payment',
});

export interface PostingParts {
  readonly resources: Resources;
  readonly find: FindPlaybook;
  readonly policy: WriteOffPolicy;
}

/** Posts to the ledgers of the claims that a decision or a payment is about. */
export const postingJob = ({ resources, find, policy }: PostingParts): Job => ({
  code: 'post-payment',
  leaseMs: LEASE_MS,
  async run(task, now) {
    const claims = await claimsOf(task, resources);
    if (isPaymentsOwn(task)) return divided(task, claims, now);
    const unposted: string[] = [];
    for (const claim of claims) {
      try {
        await post(claim, { asOf: now.toISOString().slice(0, 10), policy }, { resources, find, now });
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        unposted.push(`Claim/${claim.id ?? ''}`);
      }
    }
    return ended(task, unposted, find, now);
  },
  givenUp: (task, now) => [{ put: forPerson(task, ['work-failed', task.id ?? ''], 'The server could not post this: post it, and tell the operator', 'work-failed', find, now), ifAbsent: true }],
});

const isPaymentsOwn = ({ focus }: Task): boolean => focus?.reference?.startsWith('PaymentReconciliation/') ?? false;

/** A payment may name thousands of claims: each is posted by a Task of its own. */
const divided = (task: Task, claims: readonly Claim[], now: Date): Done => ({
  changes: claims.map(({ id = '', patient }) => ({ put: { ...postingOf(`Claim/${id}`, patient.reference, now), id: taskId('post-payment', [task.id ?? '', id]) }, ifAbsent: true })),
  task: { ...task, businessStatus: { text: 'divided by claim' } },
});

function ended(task: Task, unposted: readonly string[], find: FindPlaybook, now: Date): Done {
  const text = unposted.length === 0 ? 'posted' : 'left to a person';
  const work = unposted.map((claim) => forPerson({ ...task, focus: { reference: claim } }, ['not-readable', claim, task.id ?? ''], 'The amounts of this claim or of its decisions can’t be worked with: mend them', 'not-readable', find, now));
  return { changes: work.map((put) => ({ put, ifAbsent: true })), task: { ...task, businessStatus: { text } } };
}

const forPerson = (task: Task, cause: readonly string[], description: string, reason: string, find: FindPlaybook, now: Date): Task =>
  toTask(withPlaybook({ code: 'post-payment', cause, focus: task.focus?.reference ?? '', patient: task.for?.reference, requester: AUTOMATION, partOf: [`Task/${task.id ?? ''}`], authoredOn: now.toISOString(), description, reason: because('work-reason', reason) }, find));

/** The money is too large to be exact, or the claim names no stored patient: trying again does not help. */
const isUnreadable = (error: unknown): boolean => error instanceof RangeError || (error instanceof FhirError && error.status === 422);

async function claimsOf({ focus }: Task, resources: Resources): Promise<Claim[]> {
  const [, type, id = ''] = /^([A-Za-z]+)\/(.+)$/.exec(relative(focus?.reference) ?? '') ?? [];
  switch (type) {
    case 'Claim': return named([`Claim/${id}`], resources);
    case 'ClaimResponse':
    case 'ExplanationOfBenefit': {
      const decision = await resources.read<Decision>(type, id);
      const claims = await named([claimOf(decision)], resources);
      const isAbout = await Promise.all(claims.map((claim) => decision && isAboutPatientOf(claim, decision, resources)));
      return claims.filter((_, position) => isAbout[position]);
    }
    case 'PaymentReconciliation': return paidClaims(await resources.read<PaymentReconciliation>('PaymentReconciliation', id), resources);
    default: return [];
  }
}

const claimOf = (decision: Decision | undefined): string | undefined => relative((decision?.resourceType === 'ExplanationOfBenefit' ? decision.claim : decision?.request)?.reference);

/** The claims that a payment is about. A decision that came with it, or after it, is reviewed first, and posted then. */
async function paidClaims(payment: PaymentReconciliation | undefined, resources: Resources): Promise<Claim[]> {
  const references: (string | undefined)[] = [];
  for (const { request, response } of payment?.detail ?? []) {
    const [, type, id] = /^(ClaimResponse|ExplanationOfBenefit)\/(.+)$/.exec(relative(response?.reference) ?? '') ?? [];
    const decision = type === undefined || id === undefined ? undefined : await resources.read<Decision>(type as ClaimResponse['resourceType'], id);
    const isReviewedLater = decision?.meta?.lastUpdated !== undefined && payment?.meta?.versionId === '1' && decision.meta.lastUpdated >= (payment.meta.lastUpdated ?? '');
    if (!isReviewedLater) references.push(relative(request?.reference) ?? claimOf(decision));
  }
  return named(references, resources);
}

async function named(references: readonly (string | undefined)[], resources: Resources): Promise<Claim[]> {
  const ids = [...new Set(references.flatMap((reference) => (reference?.startsWith('Claim/') ? [reference.slice('Claim/'.length)] : [])))];
  return (await Promise.all(ids.map((id) => resources.read<Claim>('Claim', id)))).filter((claim) => claim !== undefined);
}
