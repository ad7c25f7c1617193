/** A person joins a decision, for which no claim was found, to its claim. */
import type { Claim, ClaimResponse, Coverage, Provenance, Task } from 'fhir/r4.js';
import { SYSTEM } from '../../claims/codes.js';
import { identifierOf, relative } from '../../claims/read-header.js';
import { errors } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { taskId } from '../task.js';
import { done, expectingItsVersion, isOpen } from './done.js';
import { madeId } from './documents.js';
import { explanationOf } from './explanation.js';

export interface MatchContext {
  readonly resources: Resources;
  readonly now: () => Date;
}

/**
 * Writes `request` and `patient` of the decision, its view as ExplanationOfBenefit and the Provenance, and completes the
 * Task that asked for it, in one commit. Joined to this claim already: nothing is written.
 * @throws {FhirError} 422 joined to another claim, or its payer is none of the patient's; 412 when it was changed meanwhile
 */
export async function joinToClaim(decision: ClaimResponse, claim: Claim, { resources, now }: MatchContext): Promise<ClaimResponse> {
  const reference = `Claim/${claim.id ?? ''}`;
  const joined = relative(decision.request?.reference);
  if (joined === reference) return decision;
  if (joined !== undefined) throw errors.businessRule('The decision is joined to another claim already', 'ClaimResponse.request', 'already-matched');
  await mustBePayer(decision, claim, resources);
  const number = decision.request?.identifier?.value ?? identifierOf(decision.identifier, SYSTEM.identifierType, 'PLAC');
  const matched: ClaimResponse = {
    ...decision,
    request: { reference, ...(number === undefined ? {} : { identifier: { type: { coding: [{ system: SYSTEM.identifierType, code: 'PLAC' }] }, value: number } }) },
    patient: { ...decision.patient, ...(claim.patient.reference === undefined ? {} : { reference: claim.patient.reference }) },
  };
  const at = now().toISOString();
  const explanation = explanationOf(matched, claim);
  const task = await resources.read<Task>('Task', taskId('match-remittance', [decision.id ?? '', 'unmatched']));
  const [left] = await resources.commit([
    expectingItsVersion(matched),
    { put: explanation },
    ...(task && isOpen(task) ? [expectingItsVersion(done(task, at))] : []),
    { put: provenanceOf(matched, reference, at), ifAbsent: true },
  ]);
  return left as ClaimResponse;
}

/** Where the payer is one of ours, the patient has a coverage with it. */
async function mustBePayer({ insurer }: ClaimResponse, { patient }: Claim, resources: Resources): Promise<void> {
  const payer = relative(insurer.reference);
  const beneficiary = relative(patient.reference);
  if (payer === undefined || beneficiary === undefined) return;
  const coverages = await resources.search<Coverage>('Coverage', `beneficiary=${beneficiary}`);
  if (coverages.some(({ payor }) => payor.some(({ reference }) => relative(reference) === payer))) return;
  throw errors.businessRule('The patient of this claim has no coverage with the payer that decided: name the claim that it decided, or add the coverage', 'ClaimResponse.insurer', 'payer-of-another-claim');
}

const provenanceOf = (decision: ClaimResponse, claim: string, recorded: string): Provenance => ({
  resourceType: 'Provenance',
  id: madeId('match', decision.id ?? '', claim),
  target: [{ reference: `ClaimResponse/${decision.id ?? ''}` }, { reference: `ExplanationOfBenefit/${decision.id ?? ''}` }],
  recorded,
  activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'UPDATE' }] },
  agent: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] }, who: { display: 'Cobalt $match' } }],
  entity: [{ role: 'source', what: { reference: claim } }],
});
