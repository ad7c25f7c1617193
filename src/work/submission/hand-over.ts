import type { Claim, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { scrub, type ScrubFinding } from '../../claims/scrub/index.js';
import { errors, FhirError, type Issue } from '../../fhir/outcome.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { OutboundRefused } from '../../outbound/index.js';
import { withLease } from '../lease.js';
import { responsesOf } from '../queue/checklist.js';
import { withChecklists, type Filled } from '../queue/fill.js';
import { checklistIssues } from '../queue/transitions.js';
import { storedScrubInput } from '../scrub/load.js';
import { AUTOMATION, deadlineOf, detail, toTask, WORK_SYSTEM } from '../task.js';
import type { SubmissionContext } from './context.js';
import { endpointOf, type PayerEndpoint } from './endpoint.js';
import { mailingsCalledOff } from './mailing.js';
import { takenAlong } from './packet.js';
import { SETTLED_BY_PAPER } from './paper.js';
import { keep, provenanceOf, referenceOf } from './record.js';

export interface HandOver {
  /** All that is written when the claim is handed over to be sent: nothing of it has been sent yet. */
  readonly changes: readonly ResourceChange[];
  /** The Task that sends and follows it, as it is written. */
  readonly followUp: Task;
}

export interface Handing {
  /** A Task to submit that somebody else ends. */
  readonly except?: Task;
  /** Whoever hands over sends at once: the Task that follows is in progress under a lease. Else a worker takes it. */
  readonly sendsAtOnce: boolean;
}

/** The server has this long to send what it has handed over to itself, until another process may. */
export const LEASE_MS = 60_000;

/**
 * Hands a claim over to be sent: it becomes active in the same commit that keeps what will be sent, byte for byte, and
 * the Task that sends it (an outbox), so that a crash at any point leaves either nothing or all of it. The key is the
 * claim’s id and version: sent again, the payer sees the same key. Tasks `submit-claim` about it are done by this.
 * @throws {FhirError} 422 with all that is against it: status, Endpoint, scrub errors, open checklists (`except`’s too).
 */
export async function handOver(claim: Claim, context: SubmissionContext, { except, sendsAtOnce }: Handing): Promise<HandOver> {
  const { resources, baseUrl, now } = context;
  mustBeSendable(claim);
  const endpoint = await reachable(claim, context);
  const filled = await Promise.all((await submitTasks(claim, resources)).map((task) => withChecklists(task, resources, now())));
  const tasks = filled.map(({ task }) => task).filter(({ id }) => id !== except?.id);
  await mustBeClean(claim, filled, endpoint, context);

  const time = now().toISOString();
  const version = Number(claim.meta?.versionId);
  const active: Claim = { ...claim, status: 'active' };
  const key = `${claim.id ?? ''}-${claim.status === 'active' ? version : version + 1}`;
  const content = await endpoint.channel.write({ claim: withoutVersion(active), resources: await takenAlong(claim, resources, baseUrl), store: resources, key, baseUrl, timestamp: time });
  const kept = keep('submission', content, claim, key, time);
  const followUp = followUpOf(claim, key, kept.document.id as string, tasks[0] ?? except, sendsAtOnce, now());
  return {
    followUp,
    changes: [
      ...(claim.status === 'active' ? [] : [{ put: active, expectVersion: version }]),
      ...filled.flatMap(({ changes }) => changes),
      { put: kept.binary, ifAbsent: true },
      { put: kept.document, ...(content.id === undefined ? { ifAbsent: true } : { expectVersion: 0 }) },
      { put: provenanceOf('transmit', [referenceOf(claim), referenceOf(kept.document)], kept, claim.provider, time), ifAbsent: true },
      ...tasks.map((task) => ({ put: submitted(task, kept.document.id as string, time), expectVersion: Number(task.meta?.versionId) })),
      ...(await mailingsCalledOff(`Claim/${claim.id ?? ''}`, resources, time)),
      { put: followUp, expectVersion: 0 },
    ],
  };
}

/** What is sent is the claim, not one of its versions here. */
const withoutVersion = (claim: Claim): Claim => (claim.meta ? { ...claim, meta: { ...claim.meta, versionId: undefined, lastUpdated: undefined } } : claim) as Claim;

const SENDABLE: ReadonlySet<string> = new Set(['draft', 'active']);

function mustBeSendable({ status, use }: Claim): void {
  if (!SENDABLE.has(status)) throw errors.businessRule('Only a draft or an active claim can be sent', 'Claim.status');
  if (use !== 'claim') throw errors.businessRule('Only a claim can be sent here, no estimate and no authorization', 'Claim.use');
}

async function reachable(claim: Claim, context: SubmissionContext): Promise<PayerEndpoint> {
  const endpoint = await endpointOf(claim, context);
  try {
    if (endpoint.channel.callsAddress) context.outbound.check(endpoint.address);
    return endpoint;
  } catch (error) {
    if (!(error instanceof OutboundRefused)) throw error;
    throw errors.businessRule(`The Endpoint of the payer may not be called. ${error.message}`, 'Claim.insurance');
  }
}

/** Open Tasks to submit the claim. */
async function submitTasks({ id = '' }: Claim, resources: Resources): Promise<Task[]> {
  return resources.search<Task>('Task', `focus=Claim/${id}&code=${WORK_SYSTEM}|submit-claim&status=ready,in-progress,on-hold`);
}

/** @throws {FhirError} 422: scrub errors, and checklists that are not complete and not overridden. */
async function mustBeClean(claim: Claim, tasks: readonly Filled[], { channel }: PayerEndpoint, { resources, checklists, now }: SubmissionContext): Promise<void> {
  const findings = scrub(await storedScrubInput(claim, resources, now().toISOString().slice(0, 10))).filter(({ code }) => !(channel.isPaper && SETTLED_BY_PAPER.has(code)));
  const held = await Promise.all(tasks.map(async ({ task, changes }) => {
    const begun = changes.flatMap((change) => ('put' in change && change.put.resourceType === 'QuestionnaireResponse' ? [change.put] : []));
    const stored = await Promise.all(responsesOf(task).map((reference) => resources.read<QuestionnaireResponse>('QuestionnaireResponse', reference.split('/')[1] ?? '')));
    return checklistIssues(task, [...begun, ...stored.filter((response) => response !== undefined)], checklists)
      .map((issue): Issue => ({ ...issue, expression: 'Claim', text: `Task/${task.id ?? ''} is held. ${issue.text}` }));
  }));
  const issues = [...findings.filter(({ severity }) => severity === 'error').map(issueOf), ...held.flat()];
  if (issues.length > 0) throw new FhirError(422, issues);
}

const issueOf = ({ code, expression, text, source }: ScrubFinding): Issue => ({ severity: 'error', code: 'business-rule', id: code, expression, text: `${text} (${source})` });

/** A Task to submit that is done, since the claim is on its way. */
function submitted(task: Task, document: string, time: string): Task {
  return {
    ...withLease(task, undefined),
    status: 'completed',
    businessStatus: { text: 'Handed over to be sent' },
    executionPeriod: { start: task.executionPeriod?.start ?? time, end: time },
    lastModified: time,
    output: [...(task.output ?? []), { ...detail('document'), valueReference: { reference: `DocumentReference/${document}` } }],
  };
}

function followUpOf(claim: Claim, key: string, document: string, submit: Task | undefined, isBegun: boolean, now: Date): Task {
  const time = now.toISOString();
  const task = toTask({
    code: 'follow-up',
    cause: ['submission', key],
    focus: `Claim/${claim.id ?? ''}`,
    patient: claim.patient.reference,
    status: isBegun ? 'in-progress' : 'ready',
    description: 'Send the claim to its payer, and ask what has become of it until the payer has decided',
    state: 'To be sent',
    deadline: submit && deadlineOf(submit),
    owner: AUTOMATION,
    requester: AUTOMATION,
    group: submit?.groupIdentifier?.value,
    inputs: [{ ...detail('document'), valueReference: { reference: `DocumentReference/${document}` } }],
    authoredOn: time,
  });
  return isBegun ? withLease({ ...task, executionPeriod: { start: time } }, { until: now.getTime() + LEASE_MS, attempt: 1 }) : task;
}
