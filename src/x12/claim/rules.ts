/** What must hold in an 837 (005010X222A1 §1.4.2 on coordination of benefits), exact to the cent: nothing is tolerated, nothing repaired. */
import { formatCents, subtract, sum, type Cents } from '../../claims/money.js';
import type { EraAdjustment } from '../era/remittance.js';
import { describePosition, type Position } from '../position.js';
import type { Billed, BilledAdjudication, BilledLine, BilledPayer } from './billed.js';

export type ClaimRuleId = 'W1' | 'W2' | 'W3' | 'W4' | 'W5' | 'W6' | 'W7' | 'W8' | 'W9' | 'W10' | 'W11';

/** Where a rule is broken. `payer` is a SBR01, `line` a LX01. */
export interface Spot {
  readonly position: Position;
  readonly payer?: string;
  readonly line?: string;
  /** Both sides of the equation, or what is wrong; without patient data. */
  readonly text: string;
}

export interface ClaimRule {
  readonly id: ClaimRuleId;
  readonly source: string;
  readonly check: (claim: Billed) => readonly Spot[];
}

export interface BrokenRule extends Spot {
  readonly rule: ClaimRuleId;
}

/** SBR01 in order: primary to eleventh. */
export const RESPONSIBILITIES: readonly string[] = ['P', 'S', 'T', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];

/** Frequencies (CLM05-3) that name an earlier claim: replacement and void. */
const OF_EARLIER: ReadonlySet<string> = new Set(['7', '8']);

export const CLAIM_RULES: readonly ClaimRule[] = [
  {
    id: 'W1', source: 'CLM02 = Σ SV102, SV203, SV302',
    check: ({ charge, lines, position }) => equal(charge, sum(lines.map((line) => line.charge)), { position }, 'the claim’s charge (CLM02)', 'the charges of its lines'),
  },
  {
    id: 'W2', source: '2430: the line’s charge = SVD02 + Σ CAS, for each payer that adjudicated it',
    check: (claim) => adjudicated(claim).flatMap(({ payer, rows }) => rows.flatMap(({ line, of }) => equal(
      line.charge, sum(of.flatMap(({ paid, adjustments }) => [paid, total(adjustments)])),
      { position: of[0]?.position ?? line.position, payer: payer.responsibility, line: line.number },
      'the line’s charge', 'paid (SVD02) + adjustments (CAS)',
    ))),
  },
  {
    id: 'W3', source: '2320 AMT*D = Σ SVD02 − Σ CAS of 2320',
    check: (claim) => adjudicated(claim).filter(({ rows }) => rows.length > 0).flatMap(({ payer, rows }) => equal(
      payer.paid, subtract(sum(rows.flatMap(({ of }) => of.map(({ paid }) => paid))), total(payer.adjustments)),
      at(payer), 'what the payer paid (AMT*D)', 'paid on the lines (SVD02) − adjustments of the claim (CAS)',
    )),
  },
  {
    id: 'W4', source: 'CLM02 = AMT*D + Σ CAS of 2320 + Σ CAS of 2430',
    check: (claim) => adjudicated(claim).filter(({ rows }) => rows.length > 0).flatMap(({ payer, rows }) => equal(
      claim.charge, sum([payer.paid, total(payer.adjustments), ...rows.flatMap(({ of }) => of.map(({ adjustments }) => total(adjustments)))]),
      at(payer), 'the claim’s charge (CLM02)', 'paid (AMT*D) + adjustments of claim and lines (CAS)',
    )),
  },
  {
    id: 'W5', source: 'no 2430 of the payer: CLM02 = AMT*D + Σ CAS of 2320',
    check: (claim) => adjudicated(claim).filter(({ rows }) => rows.length === 0).flatMap(({ payer }) => equal(
      claim.charge, sum([payer.paid, total(payer.adjustments)]), at(payer), 'the claim’s charge (CLM02)', 'paid (AMT*D) + adjustments of the claim (CAS)',
    )),
  },
  {
    id: 'W6', source: 'DTP*573 in 2330B or in each 2430 of the payer',
    check: (claim) => adjudicated(claim).flatMap(({ payer, rows }) => {
      const ofLines = rows.flatMap(({ of }) => of.map(({ dates }) => dates.length));
      const isWhole = payer.dates.length === 0 ? ofLines.length > 0 && ofLines.every((count) => count === 1) : payer.dates.length === 1 && ofLines.every((count) => count === 0);
      return isWhole ? [] : [{ ...at(payer), text: 'the date of the payer’s decision (DTP*573) must stand once: with the payer, or on each line that it adjudicated' }];
    }),
  },
  {
    id: 'W7', source: 'AMT*EAF in 2320 or in 2430, not in both',
    check: (claim) => adjudicated(claim).flatMap(({ payer, rows }) => (payer.remaining !== undefined && rows.some(({ of }) => of.some(({ remaining }) => remaining !== undefined))
      ? [{ ...at(payer), text: 'the remaining patient liability (AMT*EAF) stands on the claim and on lines: state it on one level' }] : [])),
  },
  {
    id: 'W8', source: 'CAS: non-zero amounts, groups CO, OA, PI, PR; SVD02 and AMT*D not negative',
    check: (claim) => [...claim.others.flatMap((payer) => amounts(payer, at(payer))), ...claim.lines.flatMap((line) => line.adjudications.flatMap((one) => amounts(one, { position: one.position, line: line.number, ...payerNamed(claim, one.payer) })))],
  },
  { id: 'W9', source: 'SBR01 contiguous and unique with one P; the destination not in 2320; every prior payer’s decision there; SVD01 = NM109 of a 2330B; REF*F8 where CLM05-3 is 7 or 8', check: checkOrder },
  {
    id: 'W10', source: '2320 and 2430 CAS: each adjustment at the level at which the payer stated it',
    check: (claim) => adjudicated(claim).flatMap(({ payer, rows }) => {
      const ofLines = rows.flatMap(({ of }) => of.flatMap(({ adjustments }) => adjustments));
      const isRepeated = payer.adjustments.length > 0 && keys(totals(payer.adjustments)) === keys(totals(ofLines));
      return isRepeated ? [{ ...at(payer), text: 'the adjustments of the claim (2320) are those of its lines (2430) again: state each at the level at which the payer stated it' }] : [];
    }),
  },
  {
    id: 'W11', source: '2430: every line that the payer was billed has a SVD, with no CAS where it was paid in full',
    check: (claim) => adjudicated(claim).filter(({ rows }) => rows.length > 0).flatMap(({ payer, rows }) => claim.lines
      .filter((line) => !rows.some((row) => row.line === line))
      .map((line) => ({ position: line.position, payer: payer.responsibility, line: line.number, text: 'the payer adjudicated other lines and not this one: wait for the rest of its decision' }))),
  },
];

/** Every broken rule, in the order of the rules. @throws {InexactAmountError} totals too large to be exact */
export const brokenRules = (claim: Billed): BrokenRule[] =>
  CLAIM_RULES.flatMap(({ id, check }) => check(claim).map((spot) => ({ ...spot, rule: id, text: `${id}, ${describePosition(spot.position)}: ${spot.text}` })));

/** A payer that adjudicated, with its decisions on each line. */
interface Adjudicated {
  readonly payer: BilledPayer & { readonly paid: Cents };
  readonly rows: readonly { readonly line: BilledLine; readonly of: readonly BilledAdjudication[] }[];
}

const adjudicated = ({ others, lines }: Billed): Adjudicated[] => others.filter((payer): payer is Adjudicated['payer'] => payer.paid !== undefined)
  .map((payer) => ({ payer, rows: lines.flatMap((line) => {
    const of = line.adjudications.filter((one) => one.payer === payer.id);
    return of.length > 0 ? [{ line, of }] : [];
  }) }));

const at = ({ position, responsibility }: BilledPayer): { readonly position: Position; readonly payer: string } => ({ position, payer: responsibility });
const payerNamed = ({ others }: Billed, id: string): { readonly payer?: string } => {
  const payer = others.find((one) => one.id === id);
  return payer ? { payer: payer.responsibility } : {};
};

const total = (adjustments: readonly EraAdjustment[]): Cents => sum(adjustments.map(({ amount }) => amount));

function equal(stated: Cents, computed: Cents, spot: Omit<Spot, 'text'>, what: string, sides: string): Spot[] {
  return stated === computed ? [] : [{ ...spot, text: `${what} ${formatCents(stated)} is not ${sides}, ${formatCents(computed)}` }];
}

const GROUPS: ReadonlySet<string> = new Set(['CO', 'OA', 'PI', 'PR']);

function amounts({ paid, adjustments }: Pick<BilledPayer, 'paid' | 'adjustments'>, spot: Omit<Spot, 'text'>): Spot[] {
  return [
    ...(paid !== undefined && paid < 0 ? [{ ...spot, text: `what the payer paid is negative, ${formatCents(paid)}: a reversal is never sent on` }] : []),
    ...(adjustments.some(({ amount }) => amount === 0) ? [{ ...spot, text: 'an adjustment has the amount 0: leave it out' }] : []),
    ...(adjustments.some(({ group }) => !GROUPS.has(group)) ? [{ ...spot, text: 'an adjustment has a group that is none of CO, OA, PI and PR: ask the payer which it is' }] : []),
  ];
}

/** Sums by group and reason, so that the same adjustments compare equal however they are split. */
function totals(adjustments: readonly EraAdjustment[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { group, reason, amount } of adjustments) sums.set(`${group} ${reason}`, (sums.get(`${group} ${reason}`) ?? 0) + amount);
  return sums;
}
const keys = (sums: ReadonlyMap<string, number>): string => [...sums].map(([key, amount]) => `${key} ${amount}`).sort().join();

function checkOrder(claim: Billed): Spot[] {
  const { destination, others, position, frequency, payerClaimNumber } = claim;
  const place = RESPONSIBILITIES.indexOf(destination);
  const all = [destination, ...others.map(({ responsibility }) => responsibility)];
  const expected = RESPONSIBILITIES.slice(0, all.length);
  const isContiguous = new Set(all).size === all.length && all.every((one) => expected.includes(one));
  return [
    ...(isContiguous ? [] : [{ position, text: `the payers’ places (SBR01) are ${all.join(', ')} and must be ${expected.join(', ')}, each once` }]),
    ...others.flatMap((payer) => decisionSpots(payer, RESPONSIBILITIES.indexOf(payer.responsibility) < place)),
    ...others.filter(({ id }, index) => id !== '' && others.findIndex((other) => other.id === id) !== index).map((payer) => ({ ...at(payer), text: 'two payers have the same identifier (2330B NM109): which of them adjudicated a line can’t be told' })),
    ...claim.lines.flatMap((line) => line.adjudications.filter(({ payer }) => !others.some(({ id }) => id === payer)).map((one) => ({ position: one.position, line: line.number, text: 'the payer that adjudicated the line (SVD01) is none of the other payers (2330B NM109)' }))),
    ...(OF_EARLIER.has(frequency) && payerClaimNumber === '' ? [{ position, text: 'a replacement or a void names the destination payer’s own claim number (REF*F8)' }] : []),
  ];
}

function decisionSpots(payer: BilledPayer, isPrior: boolean): Spot[] {
  const isStated = payer.paid !== undefined || payer.notCovered !== undefined;
  if (isPrior && !isStated) return [{ ...at(payer), text: 'the payer comes before the destination and its decision (AMT*D) is not there: wait for it' }];
  if (!isPrior && (isStated || payer.adjustments.length > 0)) return [{ ...at(payer), text: 'a payer whose turn comes later can’t have decided: correct the order, or take its amounts off' }];
  return [];
}
