import type { Patient } from 'fhir/r4.js';
import type { WriteOffPolicy } from '../../src/claims/disposition/write-off-class.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { FhirError, toOutcome, type Issue } from '../../src/fhir/outcome.js';
import { PDF } from '../../src/work/statements/documents.js';
import { pdfOf, stateAccount, type Statement } from '../../src/work/statements/statement.js';
import { playbooksIn } from '../../src/work/queue/playbooks.js';

export interface StatementParts {
  readonly writeOffPolicy: WriteOffPolicy;
}

/** `$statement`: what a patient owes, service by service, and why (R008, R117–R119). */
export const statementWith = ({ writeOffPolicy: policy }: StatementParts): Handler => async ({ target, in: inputs, format }, { resources, now, conformance, caller }) => {
  const type = format(PDF);
  const context = { resources, policy, now: now(), find: playbooksIn(conformance.ofType('PlanDefinition')) };
  const statement = await stateAccount(target as Patient, { override: inputs.string('reason')?.trim(), by: caller?.fhirUser === undefined ? [] : [caller.fhirUser] }, context);
  if (type === undefined) return { out: answerOf(statement) };
  if (statement.document === undefined) throw nothingToState(statement);
  return { content: { type, body: await pdfOf(statement.document, context) } };
};

const answerOf = ({ invoices, document, holds, notes }: Statement) => ({ invoice: invoices, document, hold: holds, outcome: notes.length > 0 ? toOutcome(notes) : undefined });

function nothingToState({ holds }: Statement): FhirError {
  const issues = holds.map(({ claim, reason }): Issue => ({ severity: 'error', code: 'business-rule', id: 'statement-held', expression: 'Patient', text: `${claim}: ${reason}` }));
  return new FhirError(422, issues.length > 0 ? issues : [{ severity: 'error', code: 'business-rule', id: 'nothing-to-state', expression: 'Patient', text: 'Nothing is, or lately was, this patient’s to pay' }]);
}
