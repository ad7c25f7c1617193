import { crossoverOf } from '../crossover.js';
import { addDays, isDay } from '../calendar.js';
import { crossoverWait } from '../deadlines/deadlines.js';
import { readPayerRules } from '../deadlines/payer-rules.js';
import { follows } from '../derive/chain.js';
import { saysTheSame } from '../derive/fingerprint.js';
import { referenceTo } from '../derive/input.js';
import { structureDefinition } from '../canonical.js';
import type { AdjustmentGroup } from '../model.js';
import { relative } from '../read-header.js';
import { decisionAt, payerOf, type DecidedRow, type Row, type ScrubFacts } from './facts.js';
import { providerAt } from './identity.js';
import { spot, type ScrubRule, type Spot } from './rule.js';

/** X12 CLP02: predetermination pricing only. */
const PREDETERMINATION = '25';

/** The decisions of the payers before: there, finished, about this claim, and those that stand. */
export const PRIOR_PAYER_RULES: readonly ScrubRule[] = [
  {
    id: 'prior-decision-missing', severity: 'error', source: 'X12 837 loop 2320 AMT*D (RFI 251); domain R012, R029',
    check: ({ before }) => before.filter(({ insurance }) => !insurance.claimResponse)
      .map((row) => spot(row.expression, 'This payer comes before and its decision is not on the claim: wait for it, then name it in claimResponse')),
  },
  {
    id: 'prior-decision-unresolved', severity: 'error', source: 'R4 Claim.insurance.claimResponse; domain R012',
    check: ({ rows }) => rows.filter(({ insurance, decision }) => insurance.claimResponse && !decision)
      .map((row) => spot(decisionAt(row), 'The decision is not known: store it, contain it, or give it inline')),
  },
  {
    id: 'prior-decision-unfinished', severity: 'error', source: 'R4 remittance-outcome; X12 CLP02 25; domain R011',
    check: ({ decided }) => decided.filter(isUnfinished).map((row) => spot(decisionAt(row), 'The payer has not finished its decision, or it is an estimate: wait for the decision on the claim')),
  },
  {
    id: 'prior-decision-unreadable', severity: 'error', source: 'X12 005010X221A1 §1.10.2.1; R4 Money',
    check: ({ decided }) => decided.flatMap((row) => row.unread.filter(({ severity, code }) => severity === 'error' && code !== 'adjustment-incomplete')
      .map(({ expression, text }) => spot(decisionAt(row), `${payerOf(row)}, ${expression}: ${text}`))),
  },
  {
    id: 'prior-decision-other-claim', severity: 'error', source: 'X12 835 CLP01',
    check: (facts) => facts.decided.filter((row) => isAboutAnotherClaim(row, facts)).map((row) => spot(decisionAt(row), 'The decision answers a claim that is not in the chain of this one: name the decision about these services')),
  },
  {
    id: 'prior-decision-other-coverage', severity: 'error', source: 'X12 837 loop 2330B NM109 = 2430 SVD01',
    check: ({ decided }) => decided.filter(({ adjudication, reference }) => adjudication.coverage !== undefined && adjudication.coverage !== reference)
      .map((row) => spot(decisionAt(row), 'The decision was made under another coverage than the row’s: put each decision on the row of its payer')),
  },
  {
    id: 'prior-decision-date-missing', severity: 'error', source: 'X12 837 DTP*573; Stedi COB edits: an adjudication date for each prior payer',
    check: ({ decided }) => decided.filter(({ adjudication }) => !isDay(adjudication.date))
      .map((row) => spot(decisionAt(row), 'The decision has no date to the day: state payment.date or created')),
  },
  {
    id: 'prior-decision-date-repeated', severity: 'error', source: 'X12 837 DTP*573; Stedi COB edits: one adjudication date for each prior payer',
    check: dateRepeated,
  },
  {
    id: 'prior-decision-future', severity: 'error', source: 'X12 837 DTP*573',
    check: ({ decided, input }) => decided.filter(({ adjudication }) => adjudication.date > input.asOf)
      .map((row) => spot(decisionAt(row), 'The decision is dated in the future: correct its date')),
  },
  {
    id: 'prior-decision-reversed', severity: 'error', source: 'X12 CLP02 22; domain/x12-mapping.md, Reversal and correction',
    check: ({ before, gathered }) => before.filter((row) => row.decision && gathered.undecided.some(({ payer, status }) => payer === row.reference && status !== 'pending'))
      .map((row) => spot(decisionAt(row), 'The payer took this decision back, or has made two that contradict each other: wait for the one that counts')),
  },
  {
    id: 'prior-decision-superseded', severity: 'error', source: 'domain/x12-mapping.md: which remittance feeds the claim',
    check: ({ before, gathered }) => before.filter(({ decision, reference }) => {
      const net = gathered.decided.find(({ coverage }) => coverage === reference);
      return decision !== undefined && net !== undefined && !saysTheSame(decision, net.adjudication);
    }).map((row) => spot(decisionAt(row), 'A later decision of this payer counts: derive the claim anew from it')),
  },
  {
    id: 'claim-stale', severity: 'error', source: 'data-model §2 stale',
    check: ({ claim }) => (claim.extension ?? []).flatMap(({ url }, position) =>
      url === structureDefinition('stale') ? [spot(`Claim.extension[${position}]`, 'What this claim rests on has changed since, as its reason says: derive it anew')] : []),
  },
  {
    id: 'focal-decided', severity: 'error', source: 'R4 Claim.insurance.claimResponse: never on the focal row; domain R061',
    check: ({ focal }) => (focal?.insurance.claimResponse ? [spot(decisionAt(focal), 'The payer that this claim goes to has decided already: send it to the next one, or replace it (frequency 7)')] : []),
  },
  {
    id: 'later-decision-present', severity: 'error', source: 'X12 837 loop 2320: no amounts of a payer whose turn comes later',
    check: ({ rows, focal }) => rows.filter(({ insurance }) => insurance.claimResponse && focal && insurance.sequence > focal.insurance.sequence)
      .map((row) => spot(decisionAt(row), 'A payer whose turn comes later has no decision on this claim: correct the order, or take it off')),
  },
  {
    id: 'prior-claim-unnamed', severity: 'warning', source: 'R4 Claim.related (associated); profile cobalt-secondary-claim',
    check: ({ claim, before, gathered: { chain } }) => (before.length > 0 && !claim.related?.some(({ relationship }) => relationship?.coding?.some(({ code }) => code === 'associated')) && !chain.all.some((other) => follows(claim, other))
      ? [spot('Claim', 'The claim that this one follows is not named: add it to related (associated)')] : []),
  },
  {
    id: 'payer-claim-number-missing', severity: 'warning', source: 'X12 837 loop 2330B REF*F8',
    check: ({ before, decided }) => decided.filter((row) => before.includes(row) && row.adjudication.payerClaimNumber === undefined)
      .map((row) => spot(decisionAt(row), 'The decision lacks the payer’s own claim number (identifier of type uc), which some next payers ask for')),
  },
  {
    id: 'prior-provider-id-missing', severity: 'error', source: 'X12 837 loops 2330C–G REF; payer-rules requirePrimaryProviderId; domain R077',
    check: (facts) => (readPayerRules(facts.focal?.payor).requiresPrimaryProviderId ? facts.before.filter((row) => !isKnownTo(row, facts)) : [])
      .map((row) => spot('Claim.provider', `The payer asks for the provider’s number with ${payerOf(row)}: add it to the provider’s identifiers, with that payer as assigner`)),
  },
  {
    id: 'write-off-breakdown-missing', severity: 'error', source: 'X12 837 loop 2430 CAS; payer-rules requireWriteOffBreakdown; domain R077',
    check: ({ focal, before, decided }) => (readPayerRules(focal?.payor).requiresWriteOffBreakdown ? decided.filter((row) => before.includes(row) && row.adjudication.adjustments.some(({ group }) => WRITTEN_OFF.has(group))) : [])
      .map((row) => spot(decisionAt(row), 'The payer asks for what was taken off line by line, and this decision takes it off the whole claim: ask the payer before for the lines')),
  },
  {
    id: 'crossed-over', severity: 'error', source: 'X12 CLP02 19–21 and 23, NM1*TT, MA18, N89, MA07; CMS SE0909',
    check: crossedOver,
  },
];

/** What a payer takes off that is not the patient's. */
const WRITTEN_OFF: ReadonlySet<AdjustmentGroup> = new Set(['CO', 'OA', 'PI', 'CR']);

/** Whether the billing provider has a number that the row's payer gave it. */
function isKnownTo({ payor }: Row, facts: ScrubFacts): boolean {
  return payor !== undefined && providerAt(facts, facts.claim.provider)?.identifier?.some(({ assigner, value }) => value !== undefined && relative(assigner?.reference) === referenceTo(payor)) === true;
}

const isUnfinished = ({ adjudication: { status, use, outcome, eraStatus } }: DecidedRow): boolean =>
  status !== 'active' || use !== 'claim' || outcome === 'queued' || outcome === 'partial' || outcome === 'error' || eraStatus === PREDETERMINATION;

/** Known only where the chain is: a decision without a claim, or about one that nobody knows, proves nothing. */
function isAboutAnotherClaim({ adjudication }: DecidedRow, { gathered, index }: ScrubFacts): boolean {
  const { claim } = adjudication;
  return claim !== undefined && index.get(claim)?.resourceType === 'Claim' && !gathered.chain.all.some((member) => referenceTo(member) === claim);
}

/** The same payer answers twice on one claim. */
function dateRepeated({ decided }: ScrubFacts): Spot[] {
  return decided.filter((row, position) => decided.slice(0, position).some((earlier) =>
    earlier.reference === row.reference || earlier.insurance.claimResponse?.reference === row.insurance.claimResponse?.reference))
    .map((row) => spot(decisionAt(row), 'This payer’s decision stands on the claim twice, so that it would have two adjudication dates: name each decision once'));
}

/** The last payer forwarded the claim: the next one has it, until the wait is over. */
function crossedOver({ before, input, focal }: ScrubFacts): Spot[] {
  const last = [...before].sort((a, b) => b.insurance.sequence - a.insurance.sequence)[0];
  if (!last?.adjudication || !crossoverOf(last.adjudication, [])) return [];
  const { date } = last.adjudication;
  const wait = crossoverWait({ rules: readPayerRules(focal?.payor), dates: { 'prior-payer-decision': isDay(date) ? date : undefined } });
  if (wait && wait.due < input.asOf) return [];
  const until = wait ? `: leave it until ${addDays(wait.due, 1)}` : '';
  return [spot(decisionAt(last), `This payer forwarded the claim to the next one, which takes a second as a duplicate${until}`)];
}

