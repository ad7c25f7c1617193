import type { Claim } from 'fhir/r4.js';
import { inWords } from '../../src/claims/denial.js';
import { readAdjudication, toMoney, type Decision } from '../../src/claims/index.js';
import { refusalsOf } from '../../src/claims/refusals.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { limitFor, limitsOf } from '../../src/work/appeals/limits.js';
import { decidingPayer } from '../../src/work/appeals/payer.js';
import { answeredClaim } from '../../src/work/derivation/lookup.js';
import { wholeDate } from '../whole-date.js';

/** `$triage-denial`: what a decision refuses, why, and what to do about it until when (domain/cob-rules.md §6). */
export const handle: Handler = async ({ level, target, in: inputs }, context) => {
  const asOf = wholeDate(inputs, 'asOf') ?? context.today();
  const decision = (level === 'instance' ? target : inputs.resource('resource')) as Decision;
  const claim = (level === 'type' ? inputs.resource<Claim>('claim') : undefined) ?? (await answeredClaim(decision, context));
  const { adjudication } = readAdjudication(decision);
  const limits = await limitsOf(await decidingPayer(decision, claim, context.resources), adjudication.date, claim, context.resources);
  const denial = refusalsOf(adjudication).map((refusal) => {
    const { sequence, group, reason, remarks, category, action, documents, patientBillable, amount } = refusal;
    const deadline = limitFor(refusal, limits)?.due;
    const late = deadline !== undefined && deadline < asOf ? `. The last day for it was ${deadline}` : '';
    return { sequence, group, reason, remark: remarks, category, action, documents, deadline, patientBillable, amount: toMoney(amount), text: `${inWords(refusal)}${late}` };
  });
  return { out: { denial } };
};
