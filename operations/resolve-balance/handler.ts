import type { Claim } from 'fhir/r4.js';
import { isWriteOffClass, type WriteOffPolicy } from '../../src/claims/disposition/write-off-class.js';
import { formatCents } from '../../src/claims/money.js';
import type { Handler, Inputs, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors, type Issue } from '../../src/fhir/outcome.js';
import type { WriteOffRequest } from '../../src/work/posting/approval.js';
import { settle, type Settled } from '../../src/work/posting/settle.js';
import { ledgerState } from '../../src/work/posting/state.js';
import { playbooksIn } from '../../src/work/queue/playbooks.js';
import { answerOf } from './answer.js';

export interface ResolveParts {
  readonly writeOffPolicy: WriteOffPolicy;
}

/** `$resolve-balance`: who owes what is left after the last payer; with `apply` it is posted (domain/cob-rules.md §5). */
export const resolveWith = ({ writeOffPolicy: policy }: ResolveParts): Handler => async ({ target, in: inputs }, context) => {
  const { resources, now, today, conformance } = context;
  const options = { asOf: today(), policy };
  const writeOff = writeOffIn(inputs);
  const approvers = await approversIn(inputs, context);
  if (inputs.boolean('apply') !== true) {
    if (writeOff) throw errors.businessRule('A write-off is made with apply only', inputs.one('writeOffClass')?.expression);
    return { out: answerOf(await ledgerState(target as Claim, resources, { ...options, settles: true }), policy) };
  }
  const by = context.caller?.fhirUser === undefined ? approvers : [context.caller.fhirUser, ...approvers];
  const settled = await settle(
    target as Claim,
    { writeOff: writeOff && { ...writeOff, approvedBy: approvers }, override: writeOff ? undefined : inputs.string('reason'), by },
    options,
    { resources, find: playbooksIn(conformance.ofType('PlanDefinition')), now: now() },
  );
  return { out: answerOf(settled.state, policy, settled.task, notesOf(settled, writeOff)) };
};

function writeOffIn(inputs: Inputs): Omit<WriteOffRequest, 'approvedBy'> | undefined {
  const of = inputs.string('writeOffClass');
  if (!isWriteOffClass(of)) return undefined;
  const reason = inputs.string('reason')?.trim();
  if (reason === undefined || reason === '') throw errors.businessRule('A write-off needs a reason about this patient and claim', inputs.one('reason')?.expression ?? 'Parameters');
  return { class: of, reason };
}

const APPROVER = /^(Practitioner|PractitionerRole|Organization)\/([A-Za-z0-9.-]{1,64})$/;

/** People on file, each once, and not whoever asks. */
async function approversIn(inputs: Inputs, { resources, caller }: OperationContext): Promise<string[]> {
  const references = inputs.references('approvedBy');
  await Promise.all(references.map(async (reference, position) => {
    const [, type, id] = APPROVER.exec(reference) ?? [];
    const found = type !== undefined && id !== undefined ? await resources.read(type as 'Practitioner', id) : undefined;
    const expression = `${inputs.all('approvedBy')[position]?.expression ?? 'Parameters'}.reference`;
    if (!found) throw errors.businessRule('Who approves is not on file: name a stored Practitioner, PractitionerRole or Organization', expression, 'approver-unknown');
    if (references.indexOf(reference) !== position) throw errors.businessRule('Nobody approves twice: name two people', expression, 'approver-unknown');
    if (reference === caller?.fhirUser) throw errors.businessRule('Whoever asks for a write-off does not approve it', expression, 'approver-unknown');
  }));
  return references;
}

function notesOf({ approval: { missing }, task }: Settled, writeOff: Omit<WriteOffRequest, 'approvedBy'> | undefined): Issue[] {
  return [
    ...(missing ? [{ severity: 'warning', code: 'business-rule', id: 'approval-needed', text: `Nothing is written off yet: ${formatCents(missing.amount)} must be approved by ${missing.people === 1 ? 'one more person' : 'two people'} (approvedBy); ${task ?? 'a Task'} asks for it` } as const] : []),
    ...(writeOff?.class === 'courtesy' ? [{ severity: 'warning', code: 'business-rule', id: 'courtesy-warning', text: 'A habit of waiving copayments and deductibles is unlawful (42 USC 1320a-7b(b)) and breaks contracts with payers: keep this to the one patient' } as const] : []),
  ];
}
