import { appealLimit } from '../../claims/deadlines/deadlines.js';
import { readPayerRules } from '../../claims/deadlines/payer-rules.js';
import { fingerprint } from '../../claims/derive/fingerprint.js';
import { payorOf, referenceTo } from '../../claims/derive/input.js';
import { payerKindOf } from '../../claims/derive/next-payer.js';
import type { DecidedPayer } from '../../claims/derive/situation.js';
import { denialsOf, type Denial } from '../../claims/denial.js';
import { sum } from '../../claims/money.js';
import type { Action, Category } from '../../claims/triage.js';
import { detail } from '../task.js';
import { because, type Draft } from './draft.js';
import { coverageOf, type ChainState } from './state.js';

/** What these ask for is done elsewhere: by the next claim, by the balance after the last payer, or by nobody. */
const DONE_ELSEWHERE: ReadonlySet<Action> = new Set<Action>(['bill-next-payer', 'bill-next-payer-then-patient', 'bill-patient', 'informational', 'post-payment', 'wait', 'write-off']);

/** The order of benefits is settled by `verify-cob`, not as a denial. */
const isOfOrder = ({ category, action }: Denial): boolean => category === 'cob-order' && action === 'bill-other-payer';

/** The work that the payers' refusals call for: one piece for each payer and category (`CodeSystem/denial-category`). */
export const denialDrafts = (state: ChainState): Draft[] => state.gathered.decided.flatMap((payer) => ofPayer(payer, state));

function ofPayer({ coverage, adjudication, decisions }: DecidedPayer, state: ChainState): Draft[] {
  const denials = denialsOf(adjudication, []).filter((denial) => !DONE_ELSEWHERE.has(denial.action) && !isOfOrder(denial));
  const categories = [...new Set(denials.map(({ category }) => category))];
  const reference = decisions.flatMap((decision) => referenceTo(decision) ?? [])[0] ?? adjudication.source.reference ?? state.root;
  return categories.map((category) => {
    const ofCategory = denials.filter((denial) => denial.category === category);
    return {
      code: 'work-denial',
      reason: because('denial-category', category),
      about: [coverage, state.input.digest(fingerprint(adjudication)).slice(0, 32)],
      focus: reference,
      description: descriptionOf(category, ofCategory, coverage),
      state: 'denied',
      deadline: appealDeadline(coverage, adjudication.date, ofCategory, state),
      amount: sum(ofCategory.map(({ amount }) => amount)),
      inputs: [...new Set(ofCategory.flatMap(({ documents }) => documents))].map((document) => ({ ...detail('document'), valueString: document })),
    };
  });
}

const descriptionOf = (category: Category, denials: readonly Denial[], coverage: string): string => {
  const codes = [...new Set(denials.map(({ group, reason, remark }) => `${group}-${reason}${remark === undefined ? '' : ` ${remark}`}`))];
  const actions = [...new Set(denials.map(({ action }) => action))];
  return `${coverage} refused (${category}: ${codes.join(', ')}): ${actions.join(', ')}. ${[...new Set(denials.map(({ text }) => text))].join(' ')}`;
};

/** Until when the payer hears an appeal; none where nothing can be appealed. */
function appealDeadline(coverage: string, date: string, denials: readonly Denial[], state: ChainState): string | undefined {
  if (!denials.some(({ appealable }) => appealable)) return undefined;
  const rules = readPayerRules(payorOf(coverageOf(coverage, state), state.gathered.index));
  return appealLimit({ payerKind: payerKindOf(coverage, state.input.orders), rules, dates: { decision: date || undefined } }, 1)?.due;
}
