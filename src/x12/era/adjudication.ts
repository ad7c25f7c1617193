/** A claim of a remittance in the one exact model of adjudications. */
import type { Claim, ClaimItem } from 'fhir/r4.js';
import { isGroup } from '../../claims/codes.js';
import type { AdjudicatedLine, Adjudication, Adjustment, IncompleteAdjustment, StatedAmounts } from '../../claims/model.js';
import { centsOf, sumKnown } from '../../claims/money.js';
import { relative } from '../../claims/read-header.js';
import { serviceSystem } from '../services.js';
import { tidy } from '../tidy.js';
import { controlNumber, hasModifiers, joinLines, servicedOn } from './join-lines.js';
import type { Match } from './match.js';
import { nameOf, type EraAdjustment, type EraAmount, type EraClaim, type EraLine, type EraService, type Remittance } from './remittance.js';

type Mutable<T> = { -readonly [F in keyof T]: T[F] };

export interface EraAdjudication {
  readonly adjudication: Adjudication;
  /** Lines that answer none of the claim's lines for certain; they are the payer's own (`addItem`). */
  readonly unjoined: readonly EraLine[];
  /** The lines of the remittance in the order of those of the adjudication. */
  readonly lines: readonly EraLine[];
}

/** CLP02: an estimate, no decision. */
const PREDETERMINATION = '25';

/**
 * What the payer decided about one claim. Without a match there are no claim lines to answer: the lines have the
 * numbers that the payer returned (REF*6R), else those of their order.
 */
export function toAdjudication(claim: EraClaim, remittance: Remittance, match: Match | undefined): EraAdjudication {
  const sequences = match ? joinLines(claim, match.claim.item ?? []) : assumedSequences(claim.lines);
  const patient = relative(match?.claim.patient.reference);
  const interest = sumKnown(claim.amounts.filter(isInterest).map(({ amount }) => amount));
  const carrier = nameOf(claim, 'TT');
  const ordered = inModelOrder(claim, sequences, match?.claim);
  return {
    lines: ordered.map(({ line }) => line),
    unjoined: claim.lines.filter((_line, index) => sequences[index] === undefined),
    adjudication: {
      source: { resourceType: 'ClaimResponse', reference: undefined },
      status: 'active',
      use: claim.status === PREDETERMINATION ? 'predetermination' : 'claim',
      outcome: 'complete',
      eraStatus: claim.status,
      ...(claim.payerClaimNumber === undefined ? {} : { payerClaimNumber: claim.payerClaimNumber }),
      ...(match ? { providerClaimNumber: claim.providerClaimNumber, claim: `Claim/${match.claim.id ?? ''}`, insurer: match.insurer } : {}),
      ...(patient === undefined ? {} : { patient }),
      ...(match?.coverage === undefined ? {} : { coverage: match.coverage }),
      date: decisionDate(remittance),
      stated: claimAmounts(claim),
      ...splitAdjustments(claim.adjustments),
      lines: ordered.map(({ adjudicated }) => adjudicated),
      remarks: unique([...(claim.inpatient?.remarks ?? []), ...(claim.outpatient?.remarks ?? [])]),
      ...(interest === undefined ? {} : { interest }),
      ...(carrier ? { crossoverCarrier: { display: tidy(carrier.last) || tidy(carrier.id?.value ?? '') || 'Not named by the payer' } } : {}),
    },
  };
}

/** BPR16, else DTM*405, else the day that the group was made; the reader refuses a set that has none of them. */
export const decisionDate = ({ payment, productionDate, groupDate }: Remittance): string => payment.date ?? productionDate ?? groupDate ?? '';

const isInterest = ({ qualifier }: EraAmount): boolean => qualifier === 'I';

/** REF*6R where every line has one of its own, else the order. */
function assumedSequences(lines: readonly EraLine[]): number[] {
  const numbers = lines.map(controlNumber);
  const isWhole = numbers.every((number) => number !== undefined) && new Set(numbers).size === numbers.length;
  return lines.map((_line, index) => (isWhole ? numbers[index] : undefined) ?? index + 1);
}

/** Deductible, coinsurance and copay are views of PR-1, PR-2 and PR-3 beside the adjustments themselves. */
const VIEWS: ReadonlyMap<string, 'deductible' | 'coinsurance' | 'copay'> = new Map([['1', 'deductible'], ['2', 'coinsurance'], ['3', 'copay']]);

function addViews(stated: Mutable<StatedAmounts>, adjustments: readonly EraAdjustment[]): void {
  for (const { group, reason, amount } of adjustments) {
    const field = group === 'PR' ? VIEWS.get(reason) : undefined;
    if (field) stated[field] = centsOf((stated[field] ?? 0) + amount);
  }
}

function claimAmounts({ charge, paid, patientResponsibility, adjustments, lines, amounts }: EraClaim): StatedAmounts {
  const stated: Mutable<StatedAmounts> = { charge, paid };
  if (patientResponsibility !== undefined) stated.memberLiability = patientResponsibility;
  for (const level of [{ adjustments }, ...lines]) addViews(stated, level.adjustments);
  addAmount(stated, 'patientPaid', amounts, 'F5');
  return stated;
}

function lineAmounts({ charge, paid, adjustments, amounts }: EraLine): StatedAmounts {
  const stated: Mutable<StatedAmounts> = { charge, paid };
  addAmount(stated, 'allowed', amounts, 'B6');
  addViews(stated, adjustments);
  return stated;
}

function addAmount(stated: Mutable<StatedAmounts>, field: keyof StatedAmounts, amounts: readonly EraAmount[], qualifier: string): void {
  const found = amounts.find((one) => one.qualifier === qualifier);
  if (found) stated[field] = found.amount;
}

/** A group that is none of X12's is kept with its amount and counted nowhere: nobody may be billed for it. */
export function splitAdjustments(list: readonly EraAdjustment[]): { adjustments: Adjustment[]; incomplete?: IncompleteAdjustment[] } {
  const adjustments: Adjustment[] = [];
  const incomplete: IncompleteAdjustment[] = [];
  for (const { group, reason, amount, quantity } of list) {
    const counted = quantity === undefined ? undefined : { quantity: Number(quantity) };
    if (isGroup(group)) adjustments.push(counted ? { group, reason, amount, ...counted } : { group, reason, amount });
    else incomplete.push({ group, reason, amount, ...counted });
  }
  return incomplete.length > 0 ? { adjustments, incomplete } : { adjustments };
}

/** Lines as a ClaimResponse holds them: those that answer one claim line each, then those that the payer made of one, then its own. */
function inModelOrder(claim: EraClaim, sequences: readonly (number | undefined)[], ours: Claim | undefined): { readonly line: EraLine; readonly adjudicated: AdjudicatedLine }[] {
  const items = ours?.item ?? [];
  const itemOf = (sequence: number | undefined): ClaimItem | undefined => items.find((item) => item.sequence === sequence);
  const numbered = claim.lines.map((line, index) => ({ line, sequence: sequences[index], shared: sequences[index] !== undefined && sequences.filter((other) => other === sequences[index]).length > 1 }));
  let last = Math.max(0, ...sequences.flatMap((sequence) => sequence ?? []));
  const answering = numbered.filter(({ sequence, shared }) => sequence !== undefined && !shared);
  const added = numbered.filter(({ sequence, shared }) => sequence === undefined || shared);
  return [
    ...answering.map(({ line, sequence = 0 }, index) => ({ line, adjudicated: toLine(line, claim, itemOf(sequence), { sequence, expression: `ClaimResponse.item[${index}]` }) })),
    ...added.map(({ line, sequence }, index) => ({ line, adjudicated: toLine(line, claim, undefined, { sequence: sequence ?? ++last, added: sequence === undefined ? 'new' : 'replaces', expression: `ClaimResponse.addItem[${index}]` }) })),
  ];
}

function toLine(line: EraLine, claim: EraClaim, item: ClaimItem | undefined, identity: Pick<AdjudicatedLine, 'sequence' | 'added' | 'expression'>): AdjudicatedLine {
  const { sequence, added, expression } = identity;
  const { adjustments, incomplete } = splitAdjustments(line.adjustments);
  const remarks = unique(line.remarks.filter(({ qualifier }) => qualifier === 'HE').map(({ value }) => value));
  const adjudicated: Mutable<AdjudicatedLine> = { sequence, stated: lineAmounts(line), adjustments, remarks, expression };
  if (added) adjudicated.added = added;
  if (incomplete) adjudicated.incomplete = incomplete;
  if (!(item && isAsClaimed(line, item))) adjudicated.service = serviceOf(line);
  const serviced = servicedOn(line, claim);
  if (serviced && !(item && isServicedAsClaimed(serviced, item))) adjudicated.serviced = serviced;
  return adjudicated;
}

/** Units of 0 are what payers stamp where they report none. */
const unitsOf = ({ paidUnits }: EraLine): number | undefined => (paidUnits === undefined || Number(paidUnits) === 0 ? undefined : Number(paidUnits));

function serviceOf(line: EraLine): NonNullable<AdjudicatedLine['service']> {
  const { qualifier, code, modifiers }: EraService = line.service;
  const system = serviceSystem(qualifier, code);
  const quantity = unitsOf(line);
  const service: Mutable<NonNullable<AdjudicatedLine['service']>> = { code, modifiers };
  if (system !== undefined) service.system = system;
  if (quantity !== undefined) service.quantity = quantity;
  return service;
}

/** The payer adjudicated the service that was claimed: nothing to say beside the claim. */
function isAsClaimed(line: EraLine, item: ClaimItem): boolean {
  const units = unitsOf(line);
  const codes = [...(item.productOrService.coding ?? []), ...(item.revenue?.coding ?? [])].map(({ code }) => code);
  return codes.includes(line.service.code) && hasModifiers(line.service, item) && (units === undefined || item.quantity?.value === undefined || item.quantity.value === units);
}

const isServicedAsClaimed = ({ start, end }: { readonly start: string; readonly end: string }, { servicedDate, servicedPeriod }: ClaimItem): boolean =>
  start === (servicedDate ?? servicedPeriod?.start) && end === (servicedDate ?? servicedPeriod?.end ?? servicedPeriod?.start);

const unique = (codes: readonly string[]): string[] => (codes.length < 2 ? [...codes] : [...new Set(codes)]);
