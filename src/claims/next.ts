/** What to do next with a decision, by the first rule that holds: can it be relied on, what was refused, what is left. */
import type { GroupedAmounts } from './amounts.js';
import { isReversal } from './amounts.js';
import type { Crossover } from './crossover.js';
import type { Denial } from './denial.js';
import type { Adjudication, Finding } from './model.js';
import { marksQmb } from './qmb.js';
import type { Action } from './triage.js';

export type Next = 'bill-next-payer' | 'crossed-over' | 'correct-and-resubmit' | 'appeal' | 'bill-patient' | 'write-off' | 'wait' | 'nothing-due' | 'needs-human';

export interface NextFacts {
  readonly adjudication: Adjudication;
  readonly balanced: boolean;
  readonly findings: readonly Finding[];
  readonly crossover: Crossover | undefined;
  readonly denials: readonly Denial[];
  readonly amounts: GroupedAmounts;
}

interface NextRule {
  readonly id: string;
  readonly next: Next;
  readonly when: (facts: NextFacts) => boolean;
  readonly text: string;
  readonly source: string;
}

const denied = (...actions: readonly Action[]) => ({ denials }: NextFacts): boolean => denials.some((denial) => actions.includes(denial.action));

/** Work-related, liability and no-fault: that carrier pays before any health plan. */
const LIABLE_FIRST: ReadonlySet<string> = new Set(['19', '20', '21']);
const disputesOrder = ({ category, action, reason }: Denial): boolean =>
  action === 'bill-other-payer' && (category === 'cob-order' || LIABLE_FIRST.has(reason));
const asksForCoverage = ({ category, action }: Denial): boolean =>
  action === 'verify-rebill' || action === 'contact-patient' || (action === 'bill-other-payer' && (category === 'eligibility' || category === 'eligibility-wrong-payer'));

/** Medicare's signals that the patient may never be billed for cost share. */
const isQmb = ({ adjudication }: NextFacts): boolean => [adjudication, ...adjudication.lines].some(marksQmb);

const RULES: readonly NextRule[] = [
  { id: 'not-active', next: 'needs-human', when: ({ adjudication }) => adjudication.status !== 'active', text: 'The decision is not active: it was cancelled, is a draft or was entered in error', source: 'R4 fm-status' },
  { id: 'estimate', next: 'wait', when: ({ adjudication }) => adjudication.use !== 'claim' || adjudication.eraStatus === '25', text: 'This is an estimate or an authorisation, not a decision on a claim', source: 'X12 CLP02 25; R4 claim-use' },
  { id: 'pending', next: 'wait', when: ({ adjudication }) => adjudication.outcome === 'queued' || adjudication.outcome === 'partial', text: 'The payer has not finished its decision', source: 'R4 remittance-outcome' },
  { id: 'payer-error', next: 'needs-human', when: ({ adjudication }) => adjudication.outcome === 'error', text: 'The payer processed the claim with errors', source: 'R4 remittance-outcome' },
  { id: 'contradicted', next: 'needs-human', when: ({ findings }) => findings.some((finding) => finding.severity === 'error' && finding.code !== 'unbalanced'), text: 'Something in the decision can\'t be read or contradicts itself: see the findings of severity error', source: 'X12 005010X221A1 §1.10.2.1' },
  { id: 'unbalanced', next: 'needs-human', when: ({ balanced }) => !balanced, text: 'The decision does not balance, or lacks what it takes to tell: ask the payer, repair nothing', source: 'X12 005010X221A1 §1.10.2.1, R1 and R2' },
  { id: 'crossed-over', next: 'crossed-over', when: ({ crossover }) => crossover !== undefined, text: 'The payer forwarded the claim itself: wait for the next payer\'s answer, don\'t bill it', source: 'X12 CLP02 19–21 and 23, NM1*TT; CMS SE0909' },
  { id: 'reversal', next: 'wait', when: ({ adjudication }) => isReversal(adjudication), text: 'A reversal takes back an earlier decision; its correction is still to come', source: 'X12 CLP02 22' },
  { id: 'line-pending', next: 'wait', when: denied('wait'), text: 'A line is pending, or was passed on to another payer', source: 'triage of the CARC, e.g. 133, B11' },
  { id: 'order-disputed', next: 'needs-human', when: ({ denials }) => denials.some(disputesOrder), text: 'The payer says that another payer comes first: settle the order of benefits before anyone is billed', source: 'CARC 19–22' },
  { id: 'unlisted-code', next: 'needs-human', when: denied('needs-human'), text: 'An adjustment has a code that is not in the triage table', source: 'triage of the CARC' },
  { id: 'correctable', next: 'correct-and-resubmit', when: denied('correct-and-resubmit', 'split-rebill', 'fix-at-primary'), text: 'Something was refused that can be corrected and sent again', source: 'triage of the CARC and RARC' },
  { id: 'appealable', next: 'appeal', when: denied('appeal', 'next-appeal-level', 'appeal-primary'), text: 'Something was refused that can be appealed', source: 'triage of the CARC and RARC' },
  { id: 'patient-unknown', next: 'needs-human', when: ({ adjudication }) => adjudication.eraStatus === '4', text: 'The payer does not recognise the patient: verify coverage before anyone else is billed', source: 'X12 CLP02 4' },
  { id: 'verify', next: 'needs-human', when: ({ denials }) => denials.some(asksForCoverage), text: 'Coverage must be verified, or the patient asked, before anyone else is billed', source: 'triage of the CARC, e.g. 27, 109, 227' },
  { id: 'residual', next: 'bill-next-payer', when: ({ amounts }) => amounts.forNextPayer > 0, text: 'Something is left that a next payer may be asked to consider', source: 'X12 CAS01 PR, and CARCs that are another payer\'s' },
  { id: 'review', next: 'needs-human', when: denied('review'), text: 'Something was refused and only a reader of the claim can tell whether rightly', source: 'triage of the CARC' },
  { id: 'qmb', next: 'needs-human', when: (facts) => facts.amounts.forPatient > 0 && isQmb(facts), text: 'The payer leaves an amount to a patient who may not be billed for it (QMB)', source: '42 USC 1396a(n)(3)' },
  { id: 'patient', next: 'bill-patient', when: ({ amounts }) => amounts.forPatient > 0, text: 'What is left is the patient\'s by its code, whatever other coverage there is', source: 'triage of the CARC, e.g. 100, 142' },
  { id: 'contractual', next: 'write-off', when: ({ amounts }) => amounts.writeOff > 0, text: 'Only amounts are left that the provider bears by contract or law', source: 'X12 CAS01 CO' },
  { id: 'settled', next: 'nothing-due', when: () => true, text: 'Nothing is left', source: 'X12 005010X221A1 §1.10.2.1' },
];

/** The next step, and the finding that explains it. */
export function nextOf(facts: NextFacts): { readonly next: Next; readonly finding: Finding } {
  const rule = RULES.find(({ when }) => when(facts));
  if (!rule) throw new Error('no rule says what comes next');
  return { next: rule.next, finding: { code: `next-${rule.id}`, severity: 'information', expression: facts.adjudication.source.resourceType, text: `${rule.text} (${rule.source})` } };
}
