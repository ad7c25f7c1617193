import type { Claim } from 'fhir/r4.js';
import { interpretAdjudication, toMoney, type Cents, type Decision, type Interpretation, type InterpretedAmounts, type InterpretedLine } from '../../src/claims/index.js';
import type { Handler, OutValues } from '../../src/fhir/operation/operation.js';
import { answeredClaim } from '../../src/work/derivation/lookup.js';

/** `$interpret-adjudication`: what a payer's decision says, and what to do next (contract in the definitions beside). */
export const handle: Handler = async ({ level, target, in: inputs }, context) => {
  const resource = level === 'instance' ? (target as Decision) : (inputs.resource('resource') as Decision);
  const given = level === 'type' ? inputs.resource<Claim>('claim') : undefined;
  return { out: answerOf(interpretAdjudication(resource, { claim: given ?? (await answeredClaim(resource, context)) })) };
};

const answerOf = (answer: Interpretation): OutValues => ({
  ...amountsOf(answer),
  interest: money(answer.interest),
  balanced: answer.balanced,
  line: answer.line.map(lineOf),
  finding: [...answer.finding],
  denial: answer.denial.map(({ sequence, category, action, documents }) => ({ sequence, category, action, documents })),
  crossover: answer.crossover && { ...answer.crossover },
  next: answer.next,
});

const lineOf = (line: InterpretedLine): OutValues => ({
  sequence: line.sequence,
  ...amountsOf(line),
  adjustment: line.adjustment.map(({ group, reason, amount, quantity }) => ({ group, reason, amount: toMoney(amount), quantity })),
  remark: line.remark,
});

const amountsOf = ({ charge, allowed, paid, contractual, patientResponsibility, deductible, coinsurance, copay, otherPatient, otherAdjustment, payerInitiated, residual }: InterpretedAmounts): OutValues => ({
  charge: money(charge),
  allowed: money(allowed),
  paid: money(paid),
  contractual: money(contractual),
  patientResponsibility: money(patientResponsibility),
  deductible: money(deductible),
  coinsurance: money(coinsurance),
  copay: money(copay),
  otherPatient: money(otherPatient),
  otherAdjustment: money(otherAdjustment),
  payerInitiated: money(payerInitiated),
  residual: money(residual),
});

const money = (amount: Cents | undefined) => (amount === undefined ? undefined : toMoney(amount));
