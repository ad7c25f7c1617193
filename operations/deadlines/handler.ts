import type { Claim, DocumentReference, Organization } from 'fhir/r4.js';
import { daysBetween } from '../../src/claims/calendar.js';
import { deadlinesOf, type DeadlineFacts } from '../../src/claims/deadlines/deadlines.js';
import { deadlinesOfClaim, type ClaimDeadline } from '../../src/claims/deadlines/of-claim.js';
import { readPayerRules, type PayerRole } from '../../src/claims/deadlines/payer-rules.js';
import type { Handler, Inputs } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import type { Resources } from '../../src/fhir/resources.js';
import { storedFacts, toInput } from '../../src/work/derivation/load.js';
import { kindOf } from '../../src/work/payer-kind.js';
import { wholeDate } from '../whole-date.js';

/** `$deadlines`: by when a payer must have a claim or an appeal (domain/cob-rules.md §4). */
export const handle: Handler = async ({ level, target, in: inputs }, { resources, today }) => {
  const asOf = wholeDate(inputs, 'asOf') ?? today();
  const found = level === 'instance' ? await ofStored(target as Claim, inputs, resources, asOf) : ofGiven(inputs);
  return { out: { deadline: found.map((deadline) => shown(deadline, asOf)) } };
};

/** @throws {FhirError} 422 where nothing is known that a limit could count from. */
function ofGiven(inputs: Inputs): ClaimDeadline[] {
  const appealLevel = inputs.number('appealLevel');
  const found = deadlinesOf(factsOf(inputs), { appealLevel, crossedOver: inputs.boolean('crossedOver') });
  mustHaveAppeal(found, inputs, inputs.string('decisionDate') === undefined ? 'state decisionDate, from which it counts' : 'state the payer’s own in payer-rules of its Organization (payer)');
  if (found.length > 0) return found;
  throw errors.businessRule('No deadline is known from this: state payerKind or payer, and the dates that its limits count from (serviceDate, priorDecisionDate, decisionDate with appealLevel)', 'Parameters');
}

/** From the claim's chain. @throws {FhirError} 422 where no limit of its payer is known. */
async function ofStored(claim: Claim, inputs: Inputs, store: Resources, asOf: string): Promise<ClaimDeadline[]> {
  const facts = await storedFacts(claim, store);
  const records = await store.search<DocumentReference>('DocumentReference', `related=${facts.claims.map(({ id }) => `Claim/${id ?? ''}`).join()}`);
  const input = toInput({ ...facts, resources: [...facts.resources, ...records] }, { asOf });
  const appealLevel = inputs.number('appealLevel');
  const found = deadlinesOfClaim({ ...input, payerKindOf: kindOf, noticeDate: wholeDate(inputs, 'noticeDate'), appealLevel });
  mustHaveAppeal(found, inputs, 'the payer of this claim has not decided, or has no such level: its own limits stand in payer-rules of its Organization');
  if (found.length > 0) return found;
  throw errors.businessRule('No limit of the payer is known: state its own in payer-rules of its Organization, and the dates of service on the claim', 'Claim.insurance');
}

/** Who asks for an appeal is not answered with the other dates alone. @throws {FhirError} 422 */
function mustHaveAppeal(found: readonly ClaimDeadline[], inputs: Inputs, how: string): void {
  const level = inputs.one('appealLevel');
  if (level === undefined || found.some(({ kind }) => kind === 'appeal')) return;
  throw errors.businessRule(`No limit of an appeal of that level is known: ${how}`, level.expression);
}

const factsOf = (inputs: Inputs): DeadlineFacts => ({
  payerKind: inputs.string('payerKind') as DeadlineFacts['payerKind'],
  priorPayerKind: inputs.string('priorPayerKind') as DeadlineFacts['priorPayerKind'],
  role: (inputs.string('role') as PayerRole | undefined) ?? 'primary',
  rules: readPayerRules(inputs.resource<Organization>('payer')),
  dates: {
    'service-date': wholeDate(inputs, 'serviceDate'),
    'prior-payer-decision': wholeDate(inputs, 'priorDecisionDate'),
    'prior-payer-billed': wholeDate(inputs, 'priorBilledDate'),
    notice: wholeDate(inputs, 'noticeDate'),
    decision: wholeDate(inputs, 'decisionDate'),
  },
});

const shown = ({ kind, due, from, rule, source, default: isDefault, proof }: ClaimDeadline, asOf: string) =>
  ({ kind, due, from, rule, source, default: isDefault, daysLeft: daysBetween(asOf, due), passed: due < asOf, ...(proof ? { proof } : {}) });
