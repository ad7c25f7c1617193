import { claimPaid, linePaid } from '../balance.js';
import type { PayerKind } from '../../cob/types.js';
import type { Adjudication, Adjustment } from '../model.js';
import { sum, ZERO, type Cents } from '../money.js';

/** A payer that has decided, in its turn. */
export interface DisposedPayer {
  readonly coverage: string;
  readonly kind: PayerKind | undefined;
  /** Whether our providers are in its network (`payer-rules.contracted`); undefined: not stated. */
  readonly contracted: boolean | undefined;
  /** Net of reversals, balanced. */
  readonly adjudication: Adjudication;
}

/** What one payer decided about one unit. */
export interface Answer extends Omit<DisposedPayer, 'adjudication'> {
  readonly paid: Cents;
  readonly adjustments: readonly Adjustment[];
}

/** The smallest part of a claim about which every payer decided: a line, or the claim. */
export interface Unit {
  readonly line?: number;
  readonly charge: Cents;
  readonly answers: readonly Answer[];
}

/** The lines of a claim where every payer answers each of them and adjusts nothing else; the whole claim otherwise. `charges`: of the lines, by sequence. */
export function unitsOf(charges: ReadonlyMap<number, Cents>, total: Cents, payers: readonly DisposedPayer[]): Unit[] {
  return isByLine(charges, total, payers) ? [...charges].map(([line, charge]) => ({ line, charge, answers: payers.map((payer) => ofLine(payer, line)) })) : [{ charge: total, answers: payers.map(ofClaim) }];
}

function isByLine(charges: ReadonlyMap<number, Cents>, total: Cents, payers: readonly DisposedPayer[]): boolean {
  if (charges.size === 0 || sum(charges.values()) !== total) return false;
  return payers.every(({ adjudication: { adjustments, lines } }) =>
    adjustments.length === 0 && lines.length === charges.size
    && lines.every((line) => line.added === undefined && !line.joined && charges.get(line.sequence) === line.stated.charge && linePaid(line) !== undefined)
    && new Set(lines.map(({ sequence }) => sequence)).size === lines.length);
}

function ofLine({ adjudication, ...payer }: DisposedPayer, sequence: number): Answer {
  const line = adjudication.lines.find((one) => one.sequence === sequence);
  return { ...payer, paid: (line && linePaid(line)) ?? ZERO, adjustments: line?.adjustments ?? [] };
}

const ofClaim = ({ adjudication, ...payer }: DisposedPayer): Answer => ({
  ...payer,
  paid: claimPaid(adjudication) ?? ZERO,
  adjustments: [...adjudication.adjustments, ...adjudication.lines.flatMap(({ adjustments }) => adjustments)],
});

