import type { PayerKind } from '../../cob/types.js';
import type { PayerRules } from '../../claims/deadlines/payer-rules.js';

/** What kind of review is asked for: `CodeSystem/appeal-kind`. */
export type AppealKind =
  | 'internal-appeal' | 'external-review' | 'peer-to-peer' | 'redetermination' | 'reconsideration' | 'formal-review' | 'hearing'
  | 'fair-hearing' | 'appeals-council' | 'federal-court';

interface LevelRow {
  /** None: every payer that no row before it names. */
  readonly payerKinds?: readonly PayerKind[];
  /** The kinds of its levels, the first first. */
  readonly levels: readonly AppealKind[];
  readonly source: string;
}

/** The levels of appeal by kind of payer; the first row that fits. */
const LEVELS: readonly LevelRow[] = [
  { payerKinds: ['medicare'], levels: ['redetermination', 'reconsideration', 'hearing', 'appeals-council', 'federal-court'], source: '42 CFR 405.940–.1136' },
  { payerKinds: ['medicare-advantage'], levels: ['reconsideration', 'external-review', 'hearing', 'appeals-council', 'federal-court'], source: '42 CFR 422.578–.612, unverified' },
  { payerKinds: ['medicaid'], levels: ['internal-appeal', 'fair-hearing'], source: '42 CFR 438.402–.408, unverified' },
  { payerKinds: ['tricare'], levels: ['reconsideration', 'formal-review', 'hearing'], source: '32 CFR 199.10, unverified' },
  { levels: ['internal-appeal', 'external-review'], source: '29 CFR 2560.503-1(h), 45 CFR 147.136(d), unverified' },
];

/** More levels than anybody has. */
const MOST_LEVELS = 10;

/** The levels that a payer has, in order. One that the payer's own limits go beyond is an internal appeal. */
export function levelsOf(payerKind: PayerKind | undefined, { appealLimits }: Pick<PayerRules, 'appealLimits'>): AppealKind[] {
  const known = LEVELS.find(({ payerKinds }) => payerKinds === undefined || (payerKind !== undefined && payerKinds.includes(payerKind)))?.levels ?? [];
  const last = Math.min(MOST_LEVELS, Math.max(known.length, ...appealLimits.map(({ level }) => level)));
  return Array.from({ length: last }, (_, index) => known[index] ?? 'internal-appeal');
}

/** How a kind of review is asked for. */
export interface Manner {
  /** E.g. `External review`. */
  readonly title: string;
  /** Whom the letter is for, at the payer. */
  readonly attention: string;
  /** What the letter asks for, before the services. */
  readonly opening: string;
  /** What it asks for at its end. */
  readonly request: string;
  /** What it takes beside what the denial asks for. */
  readonly documents: readonly string[];
}

const PAY = 'Please reverse the decision and process the services above for payment.';
const UPHELD = 'If any part of it is upheld, please answer in writing, name the provision of the plan or the rule that it rests on, and say how it can be reviewed further.';
const ENCLOSED = 'What bears on it is enclosed.';
const BEFORE = 'decision on the appeal before';

export const MANNERS: Readonly<Record<AppealKind, Manner>> = {
  'internal-appeal': { title: 'Internal appeal', attention: 'Provider Appeals', opening: `We appeal your decision on the services below. ${ENCLOSED}`, request: `${PAY} ${UPHELD}`, documents: [] },
  redetermination: { title: 'Redetermination', attention: 'Redeterminations', opening: `We ask for a redetermination of the initial determination on the services below. ${ENCLOSED}`, request: `${PAY} ${UPHELD}`, documents: [] },
  reconsideration: { title: 'Reconsideration', attention: 'Reconsiderations', opening: `We ask for a reconsideration of the decision on the services below. ${ENCLOSED}`, request: `${PAY} ${UPHELD}`, documents: [] },
  'formal-review': { title: 'Formal review', attention: 'Formal Reviews', opening: `We ask for a formal review of the decision on the services below. ${ENCLOSED}`, request: `${PAY} ${UPHELD}`, documents: [BEFORE] },
  hearing: { title: 'Hearing', attention: 'Hearings', opening: `We ask for a hearing on the services below. ${ENCLOSED}`, request: 'Please set a date for the hearing, or decide on the record, and reverse the decision.', documents: [BEFORE] },
  'fair-hearing': { title: 'State fair hearing', attention: 'State Fair Hearings', opening: `We ask for a state fair hearing on the services below. ${ENCLOSED}`, request: 'Please set a date for the hearing and reverse the decision.', documents: [BEFORE, 'written consent of the patient'] },
  'appeals-council': { title: 'Appeals Council review', attention: 'Medicare Appeals Council', opening: `We ask the Council to review the decision on the services below. ${ENCLOSED}`, request: 'Please reverse the decision.', documents: [BEFORE] },
  'federal-court': { title: 'Judicial review', attention: 'Office of the General Counsel', opening: 'We give notice that we seek judicial review of the decision on the services below.', request: 'A complaint will be filed by counsel. Please keep the record of the decision.', documents: [BEFORE] },
  'external-review': {
    title: 'External review', attention: 'External Review', opening: `We ask for an independent external review of the decision on the services below. ${ENCLOSED}`,
    request: 'Please forward this request and your complete file to the independent review organization, and tell us its name and the date on which it was sent.',
    documents: [BEFORE, 'written consent of the patient'],
  },
  'peer-to-peer': {
    title: 'Peer-to-peer review', attention: 'Medical Director', opening: 'We ask for a conversation between the clinician who treated the patient and your medical director about the services below, before any further review.',
    request: 'Please offer us times for it, and name the specialty of the physician who will take part.', documents: [],
  },
};
