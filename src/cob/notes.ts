import type { Decision } from './decision.js';
import { isNotYetKnown } from './family-questions.js';
import type { Outcome, Row } from './outcome.js';
import { citationOf, type RuleId } from './rules.js';
import type { Situation } from './situation.js';
import type { PayerKind, TraceStep } from './types.js';

/** What a note looks at. */
interface Settled {
  readonly situation: Situation;
  readonly rows: readonly Row[];
  readonly decisions: readonly Decision[];
}

interface Note {
  readonly rule: RuleId;
  readonly applies: (settled: Settled) => boolean;
  readonly detail: string;
}

const ranks = ({ rows }: Settled, ...kinds: readonly PayerKind[]): boolean => rows.some(({ kind }) => kinds.includes(kind));
const decidedBy = ({ decisions }: Settled, ...rules: readonly RuleId[]): boolean => decisions.some(({ rule }) => rules.includes(rule));
const isPlan = ({ kind }: Row): boolean => kind === 'group-health' || kind === 'individual';
const isMedicare = ({ kind }: Row): boolean => kind === 'medicare' || kind === 'medicare-advantage';
/** Is some row that is `one` before some row that is `other`? */
const precedes = ({ rows }: Settled, one: (row: Row) => boolean, other: (row: Row) => boolean): boolean => {
  const first = rows.findIndex(one);
  return first >= 0 && rows.slice(first + 1).some(other);
};
const plansOf = ({ rows }: Settled): readonly Row[] => rows.filter(isPlan);
const CHILD_AGE_LIMIT = 21;

/** What the order depends on that no element states, and what follows from it: said wherever it may apply. */
const NOTES: readonly Note[] = [
  { rule: 'N0', applies: (settled) => plansOf(settled).length > 1 && plansOf(settled).some(({ plan }) => plan.provision === undefined), detail: 'a plan whose text is not known is taken to have a coordination provision' },
  { rule: 'N2c', applies: ({ situation: { family, day } }) => family.decree !== undefined && isNotYetKnown(family.decree, day), detail: 'the plans did not know the decree on the date of service, so that it is not applied' },
  { rule: 'N2c', applies: (settled) => decidedBy(settled, 'N2c', 'N2d', 'N2e') && settled.situation.family.decree?.knownSince === undefined, detail: 'the plans are taken to know the decree: send it to them; it does not bind for a plan year in which benefits were paid before' },
  { rule: 'N2h', applies: (settled) => decidedBy(settled, 'N2h'), detail: 'a state that has not adopted the 2013 text may put the spouse’s plan first (setting marriedChild)' },
  { rule: 'N7', applies: ({ rows }) => rows.length > 2, detail: 'each plan counts the payments of all before it' },
  { rule: 'N8', applies: (settled) => precedes(settled, (row) => isPlan(row) && row.plan.closedPanel, () => true), detail: 'if the patient used a provider outside the closed panel without emergency or referral, the next plan pays as if it were primary' },
  { rule: 'N10', applies: (settled) => decidedBy(settled, 'N2a', 'N2b', 'N2d', 'N2e'), detail: 'a plan that still has the gender rule may answer otherwise: compare its text if it does' },
  { rule: 'M5', applies: (settled) => precedes(settled, ({ kind }) => kind === 'workers-comp' || kind === 'black-lung', isMedicare), detail: 'Medicare pays conditionally if workers’ compensation denies, or does not pay within 120 days' },
  { rule: 'M6', applies: (settled) => precedes(settled, ({ kind }) => kind === 'no-fault', isMedicare), detail: 'Medicare pays conditionally if the no-fault insurer denies, does not pay within 120 days, or its benefits are exhausted' },
  { rule: 'M7', applies: (settled) => precedes(settled, ({ kind }) => kind === 'liability', isMedicare), detail: 'bill the liability insurer for 120 days, then either Medicare conditionally or keep the lien, not both' },
  { rule: 'M13', applies: (settled) => decidedBy(settled, 'M1', 'M1x', 'M2'), detail: 'work under a vow of poverty or as a volunteer is not employment: state the basis none' },
  { rule: 'M14', applies: (settled) => precedes(settled, isMedicare, isPlan), detail: 'without Part B, a plan behind Medicare may pay as if Part B had paid, and the patient owes the rest' },
  { rule: 'M15', applies: (settled) => ranks(settled, 'medicare-advantage'), detail: 'bill the Medicare Advantage plan, and Original Medicare for hospice and trials only' },
  { rule: 'M16', applies: (settled) => precedes(settled, (row) => isPlan(row) && row.plan.closedPanel, isMedicare), detail: 'Medicare may pay towards the HMO copayment; an institutional claim shows it in value code 44' },
  { rule: 'P1a', applies: (settled) => settled.rows.findIndex(({ kind }) => kind === 'medicaid') > 0 && !isAdult(settled.situation), detail: 'preventive pediatric care, and coverage that child support enforcement obtained, may be billed to Medicaid first' },
  { rule: 'P9', applies: (settled) => precedes(settled, ({ kind }) => kind === 'no-fault', isPlan), detail: 'automobile medical payments or an “excess only” policy may stand after the health plan: its text and the state decide' },
  { rule: 'P12', applies: (settled) => plansOf(settled).length > 1 && ranks(settled, 'individual'), detail: 'an older state text may leave individual policies out of coordination (setting individualPolicies)' },
];

/** Early and periodic screening ends at 21 (42 USC 1396d(r)). An age that is not known may be a child's. */
function isAdult({ birth, day }: Situation): boolean {
  return birth !== undefined && day - birth.last >= CHILD_AGE_LIMIT * 365.25;
}

export function notes(situation: Situation, { rows, composition }: Outcome): TraceStep[] {
  const settled: Settled = { situation, rows, decisions: [...composition.decisions.values()] };
  return NOTES.filter(({ applies }) => applies(settled)).map(({ rule, detail }) => ({ rule, result: 'note', detail: `${detail} — ${citationOf(rule)}` }));
}
