import type { Claim, ClaimItem, ClaimResponse, Coverage } from 'fhir/r4.js';
import { focalCoverageOf, focalSequence } from '../claims/derive/chain.js';
import { chargeOf } from '../claims/derive/worksheet.js';
import type { AdjudicatedLine, Adjudication, Adjustment, StatedAmounts } from '../claims/model.js';
import { min, negate, share, subtract, sum, ZERO, type Cents } from '../claims/money.js';
import { readAdjudication } from '../claims/read.js';
import type { Behaviour } from './behaviours.js';

/** A claim as it came, with what it refers to. */
export interface Packet {
  readonly claim: Claim;
  /** The coverage that it goes to. */
  readonly coverage: Coverage;
  /** Decisions of the payers before, in their order. */
  readonly prior: readonly ClaimResponse[];
  /** The coverage after this one, where the claim names it. */
  readonly next: Coverage | undefined;
}

/** Where no payer was before: what is allowed of a charge, and the patient's part of that. */
const ALLOWED = '0.8';
const COINSURANCE = '0.2';

/** The decision, to the cent: on every line, charge = paid + adjustments. */
export function decide(packet: Packet, behaviour: Behaviour, date: string, payerClaimNumber: string): Adjudication {
  const { claim } = packet;
  const asked = packet.prior.length > 0 ? leftByPrior(packet) : undefined;
  const lines = (claim.item ?? []).map((item, index) => lineOf(item, index, asked?.[index], behaviour));
  const coverage = focalCoverageOf(claim);
  const total = (field: keyof StatedAmounts): Cents => sum(lines.map(({ stated }) => stated[field] ?? ZERO));
  const number = claim.identifier?.find(({ type }) => type?.coding?.some(({ code }) => code === 'PLAC'))?.value;
  return {
    source: { resourceType: 'ClaimResponse', reference: undefined },
    status: 'active',
    use: 'claim',
    outcome: 'complete',
    payerClaimNumber,
    ...(number === undefined ? {} : { providerClaimNumber: number }),
    claim: `Claim/${claim.id ?? ''}`,
    ...(claim.patient.reference === undefined ? {} : { patient: claim.patient.reference }),
    ...(packet.coverage.payor[0]?.reference === undefined ? {} : { insurer: packet.coverage.payor[0].reference }),
    ...(coverage === undefined ? {} : { coverage }),
    date,
    stated: { charge: total('charge'), paid: total('paid') },
    adjustments: [],
    lines,
    ...forwarded(packet, behaviour),
  };
}

/** CLP02: processed as primary, secondary, tertiary; the same and forwarded. */
function forwarded({ claim, next }: Packet, { crossover }: Behaviour): Pick<Adjudication, 'eraStatus' | 'remarks' | 'crossoverCarrier'> {
  const position = Math.min(focalSequence(claim), 3);
  if (crossover === undefined) return { eraStatus: String(position), remarks: [] };
  const carrier = crossover === 'next-coverage' ? next?.payor[0]?.reference : undefined;
  return { eraStatus: String(position + 18), remarks: ['MA18'], crossoverCarrier: carrier === undefined ? { display: 'Faraway Supplemental' } : { reference: carrier } };
}

/** The same decision with every sign turned (X12 005010X221A1 §1.10.2.8). */
export function reversalOf(decision: Adjudication, date: string): Adjudication {
  const turned = <L extends Pick<AdjudicatedLine, 'stated' | 'adjustments'>>(level: L): L => ({
    ...level,
    stated: Object.fromEntries(Object.entries(level.stated).map(([field, amount]) => [field, negate(amount as Cents)])),
    adjustments: level.adjustments.map((adjustment) => ({ ...adjustment, amount: negate(adjustment.amount) })),
  });
  return { ...turned(decision), eraStatus: '22', date, lines: decision.lines.map(turned) };
}

function lineOf(item: ClaimItem, index: number, left: Cents | undefined, behaviour: Behaviour): AdjudicatedLine {
  const charge = chargeOf(item.net) ?? ZERO;
  const allowed = left ?? (behaviour.denial ? charge : share(charge, ALLOWED));
  const offered = left === undefined ? subtract(allowed, share(allowed, COINSURANCE)) : allowed;
  const paid = behaviour.denial ? ZERO : share(offered, behaviour.rate);
  const refused = subtract(allowed, paid);
  const before: Adjustment = { group: left === undefined ? 'CO' : 'OA', reason: left === undefined ? '45' : '23', amount: subtract(charge, allowed) };
  const rest: Adjustment = behaviour.denial ? { group: behaviour.denial.group, reason: behaviour.denial.carc, amount: refused } : { group: 'PR', reason: '2', amount: refused };
  return {
    sequence: item.sequence,
    stated: { charge, ...(behaviour.denial ? {} : { allowed }), paid },
    adjustments: [before, rest].filter(({ amount }) => amount !== 0),
    remarks: [],
    expression: `ClaimResponse.item[${index}]`,
  };
}

/** What the payer before left to the patient, line by line; what it left on the claim alone falls on the first lines that have room. */
function leftByPrior({ claim, prior }: Packet): Cents[] {
  const last = prior.at(-1);
  if (!last) return [];
  const { lines, adjustments } = readAdjudication(last).adjudication;
  const patientShare = (level: readonly Adjustment[]): Cents => sum(level.filter(({ group }) => group === 'PR').map(({ amount }) => amount));
  let onClaim = patientShare(adjustments);
  return (claim.item ?? []).map((item) => {
    const charge = chargeOf(item.net) ?? ZERO;
    const ofLine = min(charge, sum(lines.filter(({ sequence }) => sequence === item.sequence).map((line) => patientShare(line.adjustments))));
    const more = min(onClaim, subtract(charge, ofLine));
    onClaim = subtract(onClaim, more);
    return sum([ofLine, more]);
  });
}
