import type { Claim, FhirResource, Reference } from 'fhir/r4.js';
import { relative } from '../../src/claims/read-header.js';
import type { Handler, Inputs, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { appeal } from '../../src/work/appeals/appeal.js';
import type { AppealKind } from '../../src/work/appeals/levels.js';
import { readReference } from '../../src/work/derivation/lookup.js';
import { playbooksIn } from '../../src/work/queue/playbooks.js';

/** More is no letter: it belongs into the attachments. */
const LONGEST_ARGUMENT = 20_000;

/** `$appeal`: the Task, the letter and the packet of an appeal (domain/cob-rules.md §4, §6). */
export const handle: Handler = async ({ target, in: inputs }, context) => {
  const { resources, baseUrl, caller, now, conformance } = context;
  const request = {
    level: inputs.number('level') ?? 1,
    kind: inputs.string('kind') as AppealKind | undefined,
    argument: argumentOf(inputs),
    attachments: await attachmentsOf(inputs, target as Claim, context),
  };
  return { resource: await appeal(target as Claim, request, { resources, baseUrl, caller: caller?.fhirUser, now: now(), find: playbooksIn(conformance.ofType('PlanDefinition')) }) };
};

/** @throws {FhirError} 422 where it is too long. */
function argumentOf(inputs: Inputs): string {
  const argument = inputs.string('argument') ?? '';
  if (argument.length > LONGEST_ARGUMENT) throw errors.businessRule(`The argument has more than ${LONGEST_ARGUMENT} characters: say it in short, and attach the rest`, inputs.one('argument')?.expression);
  return argument;
}

/** @throws {FhirError} 422 where an attachment is not stored here, or is about another patient. */
async function attachmentsOf(inputs: Inputs, claim: Claim, { resources, baseUrl }: OperationContext): Promise<FhirResource[]> {
  const references = inputs.references('attachment');
  return Promise.all(inputs.all('attachment').map(async ({ expression }, index) => {
    const reference = references[index] ?? '';
    const found = await readReference(reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference, resources);
    if (!found) throw errors.businessRule('The attachment is not stored here: store it, and name it by its reference', `${expression}.reference`);
    if (isOfAnother(found, claim)) throw errors.businessRule('The attachment is about another patient: nothing of it may go to this payer', `${expression}.reference`);
    return found;
  }));
}

/** Whether a resource says itself that it is about another patient than the claim. */
function isOfAnother(resource: FhirResource, claim: Claim): boolean {
  const { subject, patient } = resource as { readonly subject?: Reference; readonly patient?: Reference };
  const about = relative((subject ?? patient)?.reference);
  return about?.startsWith('Patient/') === true && about !== relative(claim.patient.reference);
}
