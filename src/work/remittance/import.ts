/** 835 files into the store. */
import type { ClaimResponse, FhirResource, PaymentReconciliation, Task } from 'fhir/r4.js';
import { negate, parseAmount, type Cents } from '../../claims/money.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Progress } from '../../fhir/jobs.js';
import type { Resources } from '../../fhir/resources.js';
import { checkRemittance, isBalanced, type BrokenEquation } from '../../x12/era/balance.js';
import { naturalKey } from '../../x12/era/payment-reconciliation.js';
import { readRemittances } from '../../x12/era/reader.js';
import type { EraFinding, Remittance } from '../../x12/era/remittance.js';
import { X12Error } from '../../x12/position.js';
import { taskId, toTask } from '../task.js';
import { documentOf, madeId, provenanceOf } from './documents.js';
import { done, expectingItsVersion, parkedBefore } from './done.js';
import { idIn, loadFacts } from './facts.js';
import { madeOf, postingOf, reconciliationId } from './post.js';
import { rawFile, toKeep, type FileContent, type RawFile } from './raw-file.js';

export interface ImportContext {
  readonly resources: Resources;
  readonly now: () => Date;
  readonly progress?: Progress | undefined;
}

/** What became of a file, in its order. References are relative. */
export interface ImportResult {
  readonly reconciliations: string[];
  readonly adjudications: string[];
  readonly unmatched: UnmatchedClaim[];
  readonly parked: { readonly trn: string; readonly task: string }[];
  /** Some transaction set was known already. */
  duplicate: boolean;
  /** Broken equations (`BalanceRule`) and what else was noticed. */
  readonly findings: ImportFinding[];
}

export interface UnmatchedClaim {
  readonly pcn: string;
  readonly payerClaimNumber: string | undefined;
  readonly adjudication: string;
  readonly task: string;
}

export type ImportFinding = Pick<BrokenEquation, 'text'> & { readonly code: string; readonly severity: 'error' | 'warning' | 'information' };

/**
 * Takes every transaction set of a file, each in one commit: the payment, a decision a claim, the Tasks, the file itself
 * and where all came from. What was imported before, in whatever envelope, changes nothing. What does not balance is
 * parked as a Task, and nothing of it is posted.
 * @throws {X12Error} the file can't be read to its end; nothing was taken
 */
export async function importRemittances(content: FileContent, context: ImportContext): Promise<ImportResult> {
  const sets = await mustRead(content);
  let taken = 0;
  const result: ImportResult = { reconciliations: [], adjudications: [], unmatched: [], parked: [], duplicate: false, findings: [] };
  const file = await rawFile(content);
  for await (const remittance of readRemittances(content())) {
    await importOne(remittance, file, context, result);
    context.progress?.(`${++taken} of ${sets} transaction sets`, taken / sets);
  }
  return result;
}

/** How many transaction sets there are. @throws {X12Error} */
async function mustRead(content: FileContent): Promise<number> {
  const reading = readRemittances(content());
  let sets = 0;
  while ((await reading.next()).done !== true) sets++;
  if (sets === 0) throw new X12Error('x12-transaction-set', { segment: 1, id: 'ISA' }, 'the file has no transaction set: there is no remittance in it');
  return sets;
}

async function importOne(remittance: Remittance, file: RawFile, context: ImportContext, result: ImportResult): Promise<void> {
  const key = naturalKey(remittance);
  const equations = checkRemittance(remittance);
  result.findings.push(...equations.map(({ rule, severity, text }) => ({ code: rule, severity, text })), ...remittance.findings.map(asFinding));
  const known = await context.resources.read<PaymentReconciliation>('PaymentReconciliation', reconciliationId(key));
  if (known) return addKnown(known, remittance, file, context, result);
  if (!isBalanced(equations)) {
    const broken = equations.filter(({ severity }) => severity === 'error').map(({ text }) => text);
    return park(remittance, { reason: 'unbalanced', description: UNBALANCED, notes: broken }, file, context, result);
  }
  return post(remittance, key, file, context, result);
}

const asFinding = ({ code, severity, text, position }: EraFinding): ImportFinding => ({ code, severity, text: new X12Error('x12-element', position, text).message });

/** Others may change a Task that a remittance settles at the same time: then once more. */
const MOST_ATTEMPTS = 5;

async function post(remittance: Remittance, key: string, file: RawFile, context: ImportContext, result: ImportResult): Promise<void> {
  const { resources, now } = context;
  const recorded = now().toISOString();
  const posting = postingOf(remittance, key, await loadFacts(remittance, resources), recorded);
  const id = posting.reconciliation.id ?? '';
  const made = [...madeOf(posting), posting.reconciliation];
  const document = documentOf(id, file, { reconciliation: referenceTo(posting.reconciliation), trace: remittance.trace });
  const beside = [...await toKeep(file, resources), document, provenanceOf(id, [...made, document].map(referenceTo), referenceTo(document), recorded)];
  for (let attempt = 1; ; attempt++) {
    const settled = await parkedBefore(remittance, resources);
    try {
      await resources.commit([
        { put: posting.reconciliation, expectVersion: 0 },
        ...[...made.slice(0, -1), ...beside].map((put) => ({ put, ifAbsent: true })),
        ...settled.map((task) => expectingItsVersion(done(task, recorded, referenceTo(document)))),
      ]);
      break;
    } catch (error) {
      if (!(error instanceof FhirError && error.status === 412)) throw error;
      // Another import of the same remittance was faster.
      const known = await resources.read<PaymentReconciliation>('PaymentReconciliation', id);
      if (known) return addKnown(known, remittance, file, context, result);
      if (attempt === MOST_ATTEMPTS) throw error;
    }
  }
  file.isKept = true;
  result.reconciliations.push(referenceTo(posting.reconciliation));
  for (const { claim, response, unmatched } of posting.claims) {
    result.adjudications.push(referenceTo(response));
    if (unmatched) result.unmatched.push({ pcn: claim.providerClaimNumber, payerClaimNumber: claim.payerClaimNumber, adjudication: referenceTo(response), task: referenceTo(unmatched) });
  }
}

/** What was imported before is answered as it stands now; other contents under its trace number are put before a person. */
async function addKnown(known: PaymentReconciliation, remittance: Remittance, file: RawFile, context: ImportContext, result: ImportResult): Promise<void> {
  result.duplicate = true;
  result.reconciliations.push(referenceTo(known));
  const responses = (known.detail ?? []).flatMap(({ response }) => idIn(response?.reference, 'ClaimResponse') ?? []);
  for (const [index, id] of responses.entries()) {
    const adjudication = `ClaimResponse/${id}`;
    result.adjudications.push(adjudication);
    const claim = remittance.claims[index];
    const stored = known.detail?.[index]?.request === undefined ? await context.resources.read<ClaimResponse>('ClaimResponse', id) : undefined;
    if (claim && stored && !stored.request) result.unmatched.push({ pcn: claim.providerClaimNumber, payerClaimNumber: claim.payerClaimNumber, adjudication, task: `Task/${taskId('match-remittance', [id, 'unmatched'])}` });
  }
  if (!isSameRemittance(known, remittance)) {
    result.findings.push({ code: 'remittance-differs', severity: 'error', text: DIFFERENT });
    await park(remittance, { reason: madeId(JSON.stringify(amountsOf(remittance))), description: DIFFERENT, reconciliation: referenceTo(known) }, file, context, result);
  }
}

const UNBALANCED = 'The remittance does not balance and nothing of it was posted: ask the payer for a correct one';
const DIFFERENT = 'A remittance with this trace number, originator and date was imported before with other amounts: nothing of this one was posted, ask the payer which counts';

const isSameRemittance = ({ detail = [] }: PaymentReconciliation, remittance: Remittance): boolean =>
  JSON.stringify(detail.map(({ amount }) => parseAmount(amount?.value ?? NaN))) === JSON.stringify(amountsOf(remittance));

/** In the order of the details of its PaymentReconciliation. */
const amountsOf = ({ claims, providerAdjustments }: Remittance): Cents[] => [...claims.map(({ paid }) => paid), ...providerAdjustments.map(({ amount }) => negate(amount))];

/** Why nothing of a remittance was posted. */
interface Parking {
  /** Names it among the reasons for which this remittance may be parked. */
  readonly reason: string;
  readonly description: string;
  readonly notes?: readonly string[];
  /** What was posted before in its place. */
  readonly reconciliation?: string;
}

/** Keeps the file and makes a Task of it. The same remittance, parked for the same reason, makes one Task. */
async function park(remittance: Remittance, { reason, description, notes = [], reconciliation }: Parking, file: RawFile, { resources, now }: ImportContext, result: ImportResult): Promise<void> {
  const recorded = now().toISOString();
  const key = naturalKey(remittance);
  const cause = ['parked', key, reason];
  const taskKept = taskId('match-remittance', cause);
  result.parked.push({ trn: remittance.trace.number, task: `Task/${taskKept}` });
  if (await resources.read<Task>('Task', taskKept)) {
    result.duplicate = true;
    return;
  }
  const document = documentOf(madeId('parked', key, reason), file, { reconciliation, trace: remittance.trace });
  const task: Task = toTask({ code: 'match-remittance', cause, focus: referenceTo(document), description, notes, amount: remittance.payment.amount, authoredOn: recorded });
  const provenance = provenanceOf(document.id ?? '', [document, task].map(referenceTo), referenceTo(document), recorded);
  await resources.commit([...await toKeep(file, resources), document, task, provenance].map((put) => ({ put, ifAbsent: true })));
  file.isKept = true;
}

const referenceTo = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ''}`;
