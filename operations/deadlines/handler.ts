import type { Organization } from 'fhir/r4.js';
import { daysBetween } from '../../src/claims/calendar.js';
import { deadlinesOf, type Deadline, type DeadlineFacts } from '../../src/claims/deadlines/deadlines.js';
import { readPayerRules, type PayerRole } from '../../src/claims/deadlines/payer-rules.js';
import type { Handler, Inputs } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';

/** `$deadlines`: by when a payer must have a claim or an appeal (domain/cob-rules.md §4). */
export const handle: Handler = async ({ in: inputs }, context) => {
  const asOf = day(inputs, 'asOf') ?? context.today();
  const found = deadlinesOf(factsOf(inputs), { appealLevel: inputs.number('appealLevel'), crossedOver: inputs.boolean('crossedOver') });
  if (found.length === 0) {
    throw errors.businessRule('No deadline is known from this: state payerKind or payer, and the dates that its limits count from (serviceDate, priorDecisionDate, decisionDate with appealLevel)', 'Parameters');
  }
  return { out: { deadline: found.map((deadline) => shown(deadline, asOf)) } };
};

const factsOf = (inputs: Inputs): DeadlineFacts => ({
  payerKind: inputs.string('payerKind') as DeadlineFacts['payerKind'],
  role: (inputs.string('role') as PayerRole | undefined) ?? 'primary',
  rules: readPayerRules(inputs.resource<Organization>('payer')),
  dates: {
    'service-date': day(inputs, 'serviceDate'),
    'prior-payer-decision': day(inputs, 'priorDecisionDate'),
    notice: day(inputs, 'noticeDate'),
    decision: day(inputs, 'decisionDate'),
  },
});

const shown = ({ kind, due, from, rule, source, default: isDefault }: Deadline, asOf: string) =>
  ({ kind, due, from, rule, source, default: isDefault, daysLeft: daysBetween(asOf, due), passed: due < asOf });

/** FHIR dates may be a month or a year; nothing can be counted from those. */
function day(inputs: Inputs, name: string): string | undefined {
  const date = inputs.string(name);
  if (date !== undefined && date.length < 10) throw errors.businessRule(`The parameter ${name} must be a whole date, e.g. 2026-03-22`, inputs.one(name)?.expression);
  return date;
}
