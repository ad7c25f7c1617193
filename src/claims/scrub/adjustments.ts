import type { ClaimResponse, Extension } from 'fhir/r4.js';
import { structureDefinition } from '../canonical.js';
import { interpret } from '../interpret.js';
import { CARC_TRIAGE } from '../carc-triage.js';
import { residualOf } from '../amounts.js';
import type { Adjustment, IncompleteAdjustment } from '../model.js';
import { decisionAt, lineAt, payerOf, type DecidedRow, type ScrubFacts } from './facts.js';
import { spot, type ScrubRule, type Spot } from './rule.js';

/** The adjustments that the prior payers' decisions explain themselves with. */
export const ADJUSTMENT_RULES: readonly ScrubRule[] = [
  {
    id: 'adjustment-amount-missing', severity: 'error', source: 'X12 CAS03; Stedi COB edits: a reason without an amount (W8)',
    check: (facts) => incomplete(facts, ({ reason, amount }) => reason !== undefined && amount === undefined, 'An adjustment has a reason and no exact amount: ask that payer for it'),
  },
  {
    id: 'adjustment-reason-missing', severity: 'error', source: 'X12 CAS02; Stedi COB edits: an amount without a reason (W8)',
    check: (facts) => incomplete(facts, ({ reason, amount }) => reason === undefined && amount !== undefined, 'An adjustment has an amount and no reason (CARC): read the payer’s explanation; 192 where it gives none'),
  },
  {
    id: 'adjustment-group-missing', severity: 'error', source: 'X12 CAS01: CO, PR, OA, PI',
    check: (facts) => incomplete(facts, ({ group, reason, amount }) => group === undefined && reason !== undefined && amount !== undefined, 'An adjustment has no group (CO, PR, OA, PI), so that nobody can tell who owes it: ask that payer'),
  },
  {
    id: 'adjustment-group-retired', severity: 'error', source: 'X12 005010 CAS01: CR is read from 4010 files and never written',
    check: (facts) => adjusted(facts, ({ group }) => group === 'CR', 'Group CR can’t be sent in 5010: ask that payer whether it is CO or OA'),
  },
  {
    id: 'adjustment-group-unusual', severity: 'warning', source: 'X12 code list 139: groups in which a reason may stand; domain/carc-triage.json',
    check: (facts) => adjusted(facts, ({ group, reason }) => {
      const groups = CARC_TRIAGE.get(reason)?.groups ?? [];
      return group !== 'CR' && groups.length > 0 && !groups.includes(group);
    }, 'An adjustment has a reason that may not stand in its group: ask that payer which is right'),
  },
  {
    id: 'adjustment-zero', severity: 'warning', source: 'X12 837 CAS: amounts other than zero only (RFI 1865, W8)',
    check: (facts) => adjusted(facts, ({ amount }) => amount === 0, 'An adjustment of 0.00 explains nothing, and the next payer refuses it: leave it out'),
  },
  {
    id: 'liability-repeated', severity: 'error', source: 'X12 837 AMT*EAF in loop 2320 or 2430, never in both (W7); Stedi COB edits: duplicate liability amount',
    check: liabilityRepeated,
  },
  {
    id: 'paid-ratio-mismatch', severity: 'warning', source: 'domain R025: paid against allowed beside the stated rate',
    check: (facts) => facts.decided.flatMap((row) => interpret(row.adjudication).finding
      .filter(({ code }) => code === 'paid-ratio-mismatch')
      .map(({ expression, text }) => spot(claimLineOf(expression, row, facts), `${payerOf(row)}: ${text}. Ask that payer before the claim goes on`))),
  },
  {
    id: 'nothing-left', severity: 'warning', source: 'domain/x12-mapping.md, Derivation algorithm 3: a policy of the next payer, some want it all the same',
    check: ({ before, decided }) => {
      const last = decided.filter((row) => before.includes(row)).sort((a, b) => b.insurance.sequence - a.insurance.sequence)[0];
      return last && residualOf(last.adjudication) <= 0 ? [spot(decisionAt(last), 'This payer left nothing that another could be asked to consider')] : [];
    },
  },
];

const levelsOf = ({ adjudication }: DecidedRow) => [
  { sequence: undefined, adjustments: adjudication.adjustments, incomplete: adjudication.incomplete ?? [] },
  ...adjudication.lines.map(({ sequence, adjustments, incomplete: rest = [] }) => ({ sequence, adjustments, incomplete: rest })),
];

/** One finding a line (or claim) of a decision, however many of its adjustments are wrong in the same way. */
const incomplete = (facts: ScrubFacts, isWrong: (row: IncompleteAdjustment) => boolean, text: string): Spot[] =>
  facts.decided.flatMap((row) => levelsOf(row).filter((level) => level.incomplete.some(isWrong)).map(({ sequence }) => spot(lineAt(row, sequence, facts), `${payerOf(row)}: ${text}`)));

const adjusted = (facts: ScrubFacts, isWrong: (row: Adjustment) => boolean, text: string): Spot[] =>
  facts.decided.flatMap((row) => levelsOf(row).filter((level) => level.adjustments.some(isWrong)).map(({ sequence }) => spot(lineAt(row, sequence, facts), `${payerOf(row)}: ${text}`)));

const claimLineOf = (expression: string, row: DecidedRow, facts: ScrubFacts): string =>
  lineAt(row, row.adjudication.lines.find((line) => line.expression === expression)?.sequence, facts);

const LIABILITY = structureDefinition('remaining-patient-liability');

/** The remaining liability that a prior payer's row or decision states for the claim, and its lines state too. */
function liabilityRepeated({ decided }: ScrubFacts): Spot[] {
  const states = ({ extension = [] }: { readonly extension?: readonly Extension[] | undefined }): number => extension.filter(({ url }) => url === LIABILITY).length;
  return decided.filter(({ insurance, decision }) => {
    const ofClaim = states(insurance) + states(decision);
    const ofLines = ((decision as ClaimResponse).item ?? []).some((item) => states(item) > 0);
    return ofClaim > 1 || (ofClaim > 0 && ofLines);
  }).map((row) => spot(row.expression, 'What the patient still owes is stated twice for this payer: on the claim or on its lines, once'));
}
