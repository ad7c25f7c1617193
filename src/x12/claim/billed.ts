/** What an 837 says about money and payers: what its rules look at, the same whether we wrote it or read it. */
import type { Cents } from '../../claims/money.js';
import { readAdjustments } from '../adjustments.js';
import type { EraAdjustment } from '../era/remittance.js';
import type { Position } from '../position.js';
import { componentsOf, positionOf, type Delimiters, type Segment } from '../segment.js';
import { optionalAmount, requiredAmount, textOf } from '../values.js';
import { entity, loopsOf, own, type ClaimLoops, type Loop } from './loops.js';

/** One claim. Amounts in integer cents. */
export interface Billed {
  /** CLM01. */
  readonly number: string;
  /** CLM02. */
  readonly charge: Cents;
  /** SBR01 of 2000B. */
  readonly destination: string;
  /** CLM05-3. */
  readonly frequency: string;
  /** REF*F8 of 2300: the destination payer's claim number. */
  readonly payerClaimNumber: string;
  readonly others: readonly BilledPayer[];
  readonly lines: readonly BilledLine[];
  readonly position: Position;
}

/** 2320 and 2330B: another payer. */
export interface BilledPayer {
  /** SBR01. */
  readonly responsibility: string;
  /** NM109 of 2330B. */
  readonly id: string;
  /** AMT*D; undefined: it has not adjudicated. */
  readonly paid: Cents | undefined;
  /** AMT*A8. */
  readonly notCovered: Cents | undefined;
  /** AMT*EAF. */
  readonly remaining: Cents | undefined;
  readonly adjustments: readonly EraAdjustment[];
  /** DTP*573 of 2330B. */
  readonly dates: readonly string[];
  readonly position: Position;
}

/** 2400. */
export interface BilledLine {
  /** LX01. */
  readonly number: string;
  readonly charge: Cents;
  readonly adjudications: readonly BilledAdjudication[];
  readonly position: Position;
}

/** 2430: what one payer decided about one line. */
export interface BilledAdjudication {
  /** SVD01. */
  readonly payer: string;
  readonly paid: Cents;
  readonly remaining: Cents | undefined;
  readonly adjustments: readonly EraAdjustment[];
  readonly dates: readonly string[];
  readonly position: Position;
}

/** @throws {X12Error} an amount is missing or none, a CAS trio is not whole */
export function billedOf({ set: { delimiters }, subscriber, claim }: ClaimLoops): Billed {
  const clm = claim.segments[0] as Segment;
  return {
    number: textOf(clm, 1),
    charge: requiredAmount(clm, 2),
    destination: textIn(own(subscriber, 'SBR')[0], 1),
    frequency: frequencyOf(clm, delimiters),
    payerClaimNumber: textIn(own(claim, 'REF', 'F8')[0], 2),
    others: loopsOf(claim, '2320').map(payerOf),
    lines: loopsOf(claim, '2400').map(lineOf),
    position: positionOf(clm),
  };
}

/** CLM05-3. */
const frequencyOf = (clm: Segment, delimiters: Delimiters): string => (componentsOf(clm, 5, delimiters)[2] ?? '').trim();

function payerOf(loop: Loop): BilledPayer {
  const payer = entity(loop, 'PR');
  const sbr = loop.segments[0] as Segment;
  return {
    responsibility: textOf(sbr, 1),
    id: textIn(payer?.segments[0], 9),
    paid: amountOf(loop, 'D'), notCovered: amountOf(loop, 'A8'), remaining: amountOf(loop, 'EAF'),
    adjustments: own(loop, 'CAS').flatMap(readAdjustments),
    dates: payer ? own(payer, 'DTP', '573').map((segment) => textOf(segment, 3)) : [],
    position: positionOf(sbr),
  };
}

function lineOf(loop: Loop): BilledLine {
  const lx = loop.segments[0] as Segment;
  const service = loop.segments.find(({ elements: [id = ''] }) => id in CHARGE) ?? lx;
  return {
    number: textOf(lx, 1),
    charge: requiredAmount(service, CHARGE[service.elements[0] ?? ''] ?? 2),
    adjudications: loopsOf(loop, '2430').map(adjudicationOf),
    position: positionOf(service),
  };
}

/** The element of the charge in SV1 (professional), SV2 (institutional), SV3 (dental). */
const CHARGE: Readonly<Record<string, number>> = { SV1: 2, SV2: 3, SV3: 2 };

function adjudicationOf(loop: Loop): BilledAdjudication {
  const svd = loop.segments[0] as Segment;
  return {
    payer: textOf(svd, 1),
    paid: requiredAmount(svd, 2),
    remaining: amountOf(loop, 'EAF'),
    adjustments: own(loop, 'CAS').flatMap(readAdjustments),
    dates: own(loop, 'DTP', '573').map((segment) => textOf(segment, 3)),
    position: positionOf(svd),
  };
}

export const amountOf = (loop: Loop, qualifier: string): Cents | undefined => {
  const [segment] = own(loop, 'AMT', qualifier);
  return segment && optionalAmount(segment, 2);
};

/** An element of a segment that may not be there. */
export const textIn = (segment: Segment | undefined, element: number): string => (segment ? textOf(segment, element) : '');
