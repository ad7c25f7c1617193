import { appealLimit } from '../../src/claims/deadlines/deadlines.js';
import { readPayerRules } from '../../src/claims/deadlines/payer-rules.js';
import { payorOf } from '../../src/claims/derive/input.js';
import { payerKindOf } from '../../src/claims/derive/next-payer.js';
import { appealWorth } from '../../src/claims/disposition/appeals.js';
import { DISPOSITION_RULES, type Piece } from '../../src/claims/disposition/piece.js';
import { approversNeeded, WRITE_OFF_RULES, type WriteOffPolicy } from '../../src/claims/disposition/write-off-class.js';
import { balancesOf } from '../../src/claims/ledger/balances.js';
import { amountOf } from '../../src/claims/ledger/balances.js';
import { sum, toMoney } from '../../src/claims/money.js';
import type { OutValues } from '../../src/fhir/operation/operation.js';
import { toOutcome, type Issue } from '../../src/fhir/outcome.js';
import { coverageOf } from '../../src/work/automation/state.js';
import { projected } from '../../src/work/posting/approval.js';
import type { LedgerState } from '../../src/work/posting/state.js';

/** Who owes what is left, by the names of the out parameters. */
export function answerOf(state: LedgerState, policy: WriteOffPolicy, task?: string, notes: readonly Issue[] = []): OutValues {
  const issues = [...notes, ...mismatchIssues(state), ...contractIssues(state)];
  const { situation, result } = state.chain;
  const next = situation && AWAITED.has(result.reason) && 'coverage' in situation.next ? situation.next.coverage : undefined;
  return {
    patientOwes: toMoney(balancesOf(projected(state)).patient),
    writeOff: [...writeOffsOf(state, policy), ...givenUp(state)],
    appeal: appealsOf(state),
    nextPayer: next,
    hold: state.holds.length > 0 ? { reason: state.holds.join('; ') } : undefined,
    task,
    outcome: issues.length > 0 ? toOutcome(issues) : undefined,
  };
}

/** Reasons of `$derive-secondary` under which there is a next payer. */
const AWAITED: ReadonlySet<string> = new Set(['derived', 'already-derived', 'crossed-over', 'payer-paper-only']);

/** What the decisions leave to nobody: one row for each class and rule. */
function writeOffsOf({ disposition, facts }: LedgerState, policy: WriteOffPolicy): OutValues[] {
  const pieces = disposition?.pieces ?? [];
  const keys = [...new Set(pieces.map((piece) => JSON.stringify([piece.class, piece.rule])))];
  return keys.map((key) => {
    const rows = pieces.filter((piece) => JSON.stringify([piece.class, piece.rule]) === key);
    const [{ class: of, rule }] = rows as [Piece];
    const { text, citation } = DISPOSITION_RULES[rule];
    return {
      class: of, amount: toMoney(sum(rows.map(({ amount }) => amount))), billable: WRITE_OFF_RULES[of].billable,
      reason: `${WRITE_OFF_RULES[of].reason}: ${text}`, citation: `${WRITE_OFF_RULES[of].citation}; ${citation}`,
      needsApproval: rows.some((piece) => waits(piece, facts.grants, policy)),
    };
  });
}

const waits = ({ class: of, line, amount, needsPerson }: Piece, grants: LedgerState['facts']['grants'], policy: WriteOffPolicy): boolean =>
  (needsPerson || approversNeeded(of, amount, policy) > 0) && !grants.some((grant) => grant.class === of && grant.line === line && grant.amount >= amount);

/** What people have given up of what the patient owed. */
function givenUp(state: LedgerState): OutValues[] {
  const entries = projected(state).filter(({ writeOffClass }) => writeOffClass !== undefined && WRITE_OFF_RULES[writeOffClass].billable);
  return [...new Set(entries.flatMap(({ writeOffClass }) => writeOffClass ?? []))].flatMap((of): OutValues[] => {
    const rows = entries.filter(({ writeOffClass }) => writeOffClass === of);
    const amount = -amountOf(rows);
    return amount <= 0 ? [] : [{ class: of, amount: { value: amount / 100, currency: 'USD' }, billable: true, reason: rows[0]?.reason ?? WRITE_OFF_RULES[of].reason, citation: WRITE_OFF_RULES[of].citation, needsApproval: false }];
  });
}

function appealsOf({ chain }: LedgerState): OutValues[] {
  const { gathered: { decided, index }, input: { orders, asOf } } = chain;
  return decided.flatMap(({ coverage, adjudication }): OutValues[] => {
    const rules = readPayerRules(payorOf(coverageOf(coverage, chain), index));
    const due = appealLimit({ payerKind: payerKindOf(coverage, orders), rules, dates: { decision: adjudication.date || undefined } }, 1)?.due;
    const worth = due !== undefined && due < asOf ? undefined : appealWorth(adjudication, due);
    return worth ? [{ amount: toMoney(worth.amount), expectedValue: toMoney(worth.expectedValue), deadline: worth.deadline }] : [];
  });
}

const mismatchIssues = ({ mismatches }: LedgerState): Issue[] => mismatches.map(({ decision, text }) => ({ severity: 'warning', code: 'business-rule', id: 'payment-mismatch', text: `${decision}: ${text}; nothing of it is posted` }));

const contractIssues = ({ disposition }: LedgerState): Issue[] =>
  [...new Set((disposition?.pieces ?? []).filter(({ rule, needsPerson }) => rule === 'provider-later-contract' && needsPerson).map(({ coverage }) => coverage))].map((coverage) => ({
    severity: 'warning', code: 'business-rule', id: 'contract-not-stated', text: `${coverage}: whether its payer has a contract with us is not stated (payer-rules.contracted), so its CO is taken as binding: a person approves it`,
  }));
