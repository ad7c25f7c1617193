import type { DeriveResult } from '../../src/claims/derive/derive.js';
import type { AdjustedBy, PaidBy, Worksheet } from '../../src/claims/derive/worksheet.js';
import type { Finding } from '../../src/claims/model.js';
import { toMoney, type Cents } from '../../src/claims/money.js';
import type { OutValues } from '../../src/fhir/operation/operation.js';
import { toOutcome, type IssueCode } from '../../src/fhir/outcome.js';

/** What was found, by the names of the out parameters. */
export const answerOf = ({ reason, claim, worksheet, residual, deadline, attachments, findings }: DeriveResult): OutValues => ({
  reason,
  claim,
  worksheet: worksheet && worksheetOut(worksheet),
  residual: money(residual),
  deadline: deadline?.due,
  attachment: attachments,
  outcome: findings.length > 0 ? outcomeOf(findings) : undefined,
});

const ISSUE_CODES: Readonly<Record<Finding['severity'], IssueCode>> = { error: 'business-rule', warning: 'business-rule', information: 'informational' };

const outcomeOf = (findings: readonly Finding[]) =>
  toOutcome(findings.map(({ code, severity, expression, text }) => ({ severity, code: ISSUE_CODES[severity], text, expression, id: code })));

const worksheetOut = ({ line, total }: Worksheet): OutValues => ({
  line: line.map(({ sequence, charge, paid, adjustment, residual }) => ({ sequence, charge: money(charge), paid: paid.map(paidOut), adjustment: adjustment.map(adjustedOut), residual: money(residual) })),
  total: { charge: toMoney(total.charge), paid: total.paid.map(paidOut), claimAdjustment: total.claimAdjustment.map(adjustedOut), residual: toMoney(total.residual) },
});

const paidOut = ({ coverage, amount }: PaidBy) => ({ coverage, amount: toMoney(amount) });
const adjustedOut = ({ coverage, group, reason, amount }: AdjustedBy) => ({ coverage, group, reason, amount: toMoney(amount) });
const money = (amount: Cents | undefined) => (amount === undefined ? undefined : toMoney(amount));
