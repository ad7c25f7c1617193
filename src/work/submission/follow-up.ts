import type { Claim, ClaimResponse, DocumentReference, Task } from 'fhir/r4.js';
import { addDays } from '../../claims/calendar.js';
import { FhirError } from '../../fhir/outcome.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { because } from '../automation/draft.js';
import { leaseOf } from '../lease.js';
import { detail, isDetail } from '../task.js';
import { ending, type Done, type Job } from '../worker.js';
import { asksForDocuments, asOurs, isDecided, responsesTo } from './answers.js';
import type { Content, Delivery } from './channel.js';
import type { SubmissionContext } from './context.js';
import { endpointOf, type PayerEndpoint } from './endpoint.js';
import { mailing } from './mailing.js';
import { keep, provenanceOf, referenceOf, sentAs, type Kept } from './record.js';
import { asDraft, keptChanges, saying, stepsClosed, todo, withDocument, type Followed } from './steps.js';

/** How long a payer may be out of reach: the first pause, the longest, and the attempts after which a person is told. It is asked on. */
const RETRIES = { firstMs: 60_000, longestMs: 3_600_000, attempts: 6 } as const;

/** When a payer that has the claim is asked what has become of it, in days after it was sent. */
const CHECKS = {
  /** Medicare pays electronic claims from the 14th day on (42 USC 1395u(c)(3)). */
  first: 14,
  every: 7,
  /** From here on a person should ask: clean claims are to be paid within 30 days (42 USC 1395u(c)(2); 42 CFR 447.45(d)(2)). */
  person: 30,
} as const;

/** Sends what was handed over, again where a crash cut it or the payer was out of reach, and asks on until the payer has decided. */
export const followUpJob = (context: SubmissionContext): Job => ({ code: 'follow-up', run: (task) => followUp(task, context) });

/** One attempt: to send the claim, or once the payer has it, to ask what has become of it. With the Task its open steps end. */
export async function followUp(task: Task, context: SubmissionContext): Promise<Done & { readonly task: Task }> {
  const done = await attempt(task, context);
  return done.until ? done : { ...done, changes: [...done.changes, ...await stepsClosed(task, context.resources, context.now().toISOString())] };
}

async function attempt(task: Task, context: SubmissionContext): Promise<Done & { readonly task: Task }> {
  const exchange = await exchangeOf(task, context);
  if (!exchange) return { changes: [], task: saying(task, 'Nothing to follow: the claim or what was sent of it is not there any more') };
  if (await isDecidedHere(exchange.claim, context)) return { changes: [], task: saying(task, 'The payer has decided') };
  if (!exchange.isTaken && WITHDRAWN.has(exchange.claim.status)) return { changes: [], task: saying(task, 'The claim was withdrawn before it was sent') };
  return doneBy(await deliver(exchange, context), exchange, context);
}

/** What is sent no more. */
const WITHDRAWN: ReadonlySet<string> = new Set(['cancelled', 'entered-in-error']);

/** What the payer says now, whether it has decided before or not: it may have taken that back. */
export async function askAgain(task: Task, context: SubmissionContext): Promise<readonly ResourceChange[]> {
  const exchange = await exchangeOf(task, context);
  if (!exchange) return [];
  const delivery = await deliver(exchange, context);
  return delivery.kind === 'answered' ? answerOf(delivery, exchange, context).changes : [];
}

/** What a clearinghouse or payer says by itself of a claim that was sent. */
export interface News {
  readonly content: Content;
  readonly verdict: 'accepted' | 'rejected';
  /** In plain words, who says it. */
  readonly state: string;
  readonly reasons: readonly string[];
}

/** What news of a claim change; nothing where they were heard before, or the claim is followed no longer. */
export async function heard(task: Task, { content, verdict, state, reasons }: News, context: Pick<SubmissionContext, 'resources' | 'now'>): Promise<readonly ResourceChange[]> {
  const record = task.status === 'completed' ? undefined : await recordOf(task, context.resources);
  if (!record || await isDecidedHere(record.claim, context)) return [];
  const kept = keep('payer-answer', content, record.claim, record.sent.key, context.now().toISOString());
  if (await context.resources.read('DocumentReference', kept.document.id as string)) return [];
  if (verdict === 'rejected') {
    const done = refused({ content, reasons }, { task, ...record }, context);
    return ending({ ...done, changes: [...done.changes, ...await stepsClosed(task, context.resources, context.now().toISOString())] }, task, context.now());
  }
  return [...keptChanges(kept), { put: saying(withDocument(task, kept), state), expectVersion: Number(task.meta?.versionId) }];
}

interface Exchange extends Followed {
  /** Undefined while there is none: the payer is out of reach. */
  readonly endpoint: PayerEndpoint | undefined;
  /** Whether the payer has taken the claim. */
  readonly isTaken: boolean;
}

async function exchangeOf(task: Task, context: SubmissionContext): Promise<Exchange | undefined> {
  const record = await recordOf(task, context.resources);
  if (!record) return undefined;
  const { claim, sent } = record;
  const endpoint = await endpointOf(claim, context).catch((error: unknown) => {
    if (error instanceof FhirError) return undefined;
    throw error;
  });
  return { task, claim, sent, endpoint, isTaken: task.output?.some(isDetail('document')) ?? false };
}

/** The claim of a Task that follows one, and what was sent of it; undefined where either is not there any more. */
async function recordOf(task: Task, resources: Resources): Promise<Pick<Exchange, 'claim' | 'sent'> | undefined> {
  const [claim, document] = await Promise.all([
    resources.read<Claim>('Claim', idIn(task.focus?.reference)),
    resources.read<DocumentReference>('DocumentReference', idIn(task.input?.find(isDetail('document'))?.valueReference?.reference)),
  ]);
  const sent = document && (await sentAs(document, resources));
  return claim && sent ? { claim, sent } : undefined;
}

async function isDecidedHere(claim: Claim, { resources }: Pick<SubmissionContext, 'resources'>): Promise<boolean> {
  return (await responsesTo(claim, resources)).some(isDecided);
}

async function deliver({ claim, sent, endpoint, isTaken }: Exchange, { outbound, baseUrl, resources: store, now }: SubmissionContext): Promise<Delivery> {
  if (!endpoint) return { kind: 'unreachable', why: NO_ENDPOINT };
  const destination = { address: endpoint.address, claimUrl: `${baseUrl}/Claim/${claim.id ?? ''}` };
  const means = { send: outbound.send, store, now };
  return isTaken ? endpoint.channel.ask(sent, destination, means) : endpoint.channel.deliver(sent, destination, means);
}

const NO_ENDPOINT = 'The payer has no Endpoint in force any more';

async function doneBy(delivery: Delivery, exchange: Exchange, context: SubmissionContext): Promise<Done & { readonly task: Task }> {
  switch (delivery.kind) {
    case 'answered':
      return taken(delivery, exchange, context);
    case 'refused':
      return exchange.isTaken ? outOfReach(`The payer answered ${delivery.status}`, undefined, exchange, context) : refused(delivery, exchange, context);
    case 'unreachable':
      return outOfReach(delivery.why, delivery.afterMs, exchange, context);
    case 'waits':
      return { changes: [], task: saying(exchange.task, delivery.state), until: delivery.until };
    case 'by-hand':
      return exchange.endpoint ? mailing({ ...exchange, payer: exchange.endpoint.payer }, context) : outOfReach(NO_ENDPOINT, undefined, exchange, context);
  }
}

type Answered = Extract<Delivery, { kind: 'answered' }>;

interface Recorded {
  readonly kept: Kept;
  readonly responses: readonly ClaimResponse[];
  readonly changes: readonly ResourceChange[];
}

/** What an answer leaves: its bytes, each ClaimResponse in it, and where they came from. */
function answerOf({ content, responses: said }: Answered, { claim, sent, endpoint }: Exchange, { now }: SubmissionContext): Recorded {
  const responses = said.flatMap((response) => asOurs(response, claim, endpoint?.address ?? '') ?? []);
  const kept = keep('payer-answer', content, claim, sent.key, now().toISOString());
  const received = provenanceOf('receive', [...responses.map(referenceOf), referenceOf(kept.document)], kept, claim.insurer ?? { display: 'Payer' }, now().toISOString());
  return { kept, responses, changes: [...keptChanges(kept), ...[...responses, received].map((put) => ({ put, ifAbsent: true }))] };
}

function taken(delivery: Answered, exchange: Exchange, context: SubmissionContext): Done & { readonly task: Task } {
  const { task, sent } = exchange;
  const { kept, responses, changes } = answerOf(delivery, exchange, context);
  const known = withDocument(task, kept);
  if (responses.some(isDecided)) return { changes, task: saying(known, 'The payer has decided') };
  const day = context.now().toISOString().slice(0, 10);
  const asked = responses.filter(asksForDocuments).map((response) => todo(exchange, context, {
    code: 'answer-payer', reason: because('work-reason', 'documents-requested'), about: [response.id ?? ''],
    description: 'The payer asks for documents before it decides: send them (ClaimResponse.communicationRequest)',
    inputs: [{ ...detail('document'), valueReference: referenceOf(response) }],
  }));
  const sentOn = (sent.document.date ?? day).slice(0, 10);
  const silent = day < addDays(sentOn, CHECKS.person) ? [] : [todo(exchange, context, {
    code: 'follow-up', reason: because('work-reason', 'no-answer'), about: [sent.key],
    description: 'The payer has had the claim for a month and has not decided: ask it (CLM status, phone)',
  })];
  const next = day < addDays(sentOn, CHECKS.first) ? addDays(sentOn, CHECKS.first) : addDays(day, CHECKS.every);
  return { changes: [...changes, ...asked, ...silent], task: saying(known, `Received by the payer; last asked on ${day}`), until: new Date(next) };
}

/** `status` is that of HTTP, where it was refused so. */
type Refusal = Pick<Extract<Delivery, { kind: 'refused' }>, 'content' | 'reasons'> & { readonly status?: number };

/** The claim is a draft again, for whoever corrects it. */
function refused({ content, reasons, status }: Refusal, exchange: Followed, context: Pick<SubmissionContext, 'now'>): Done & { readonly task: Task } {
  const { task, claim, sent } = exchange;
  const kept = keep('payer-answer', content, claim, sent.key, context.now().toISOString());
  const why = reasons.length > 0 ? reasons : [status === undefined ? 'The claim was rejected, and no reason is given' : `The payer answered ${status} and gave no reason`];
  const correct = todo(exchange, context, {
    code: 'prepare-claim', reason: because('work-reason', 'payer-refused'), about: [sent.key],
    description: 'The payer did not take the claim: correct it and send it again',
    inputs: [{ ...detail('document'), valueReference: referenceOf(kept.document) }], notes: why,
  });
  return { changes: [...keptChanges(kept), ...asDraft(claim), correct], task: saying(withDocument(task, kept), 'The payer did not take the claim') };
}

function outOfReach(why: string, afterMs: number | undefined, exchange: Exchange, context: SubmissionContext): Done & { readonly task: Task } {
  const { task, sent } = exchange;
  const attempt = leaseOf(task)?.attempt ?? 1;
  const pause = Math.min(RETRIES.longestMs, afterMs ?? RETRIES.firstMs * 2 ** Math.min(attempt - 1, 16));
  const told = attempt < RETRIES.attempts ? [] : [todo(exchange, context, {
    code: 'follow-up', reason: because('work-reason', 'payer-unreachable'), about: [sent.key],
    description: 'The payer’s Endpoint is out of reach; it is tried on. Find out why, or send the claim another way', notes: [why],
  })];
  const time = context.now();
  const note = [...(task.note ?? []), { time: time.toISOString(), text: `Attempt ${attempt}: ${why}` }];
  return { changes: told, task: { ...saying(task, exchange.isTaken ? 'Received by the payer; it could not be asked' : 'The payer could not be reached yet'), note }, until: new Date(time.getTime() + pause) };
}

const idIn = (reference: string | undefined): string => reference?.split('/')[1] ?? '';
