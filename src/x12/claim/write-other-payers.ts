/** Loops 2320 and 2330: the payers beside the destination, and what those before it decided about the claim as a whole. */
import type { Extension } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { claimPaid } from '../../claims/balance.js';
import { EXTENSION } from '../../claims/codes.js';
import type { Adjudication, Adjustment } from '../../claims/model.js';
import { formatCents, parseAmount } from '../../claims/money.js';
import { extensionOf } from '../../claims/read-header.js';
import type { Segment } from '../segment.js';
import { FILING_INDICATORS, RELATIONSHIPS, SYSTEMS, toX12 } from './codes.js';
import type { ClaimFacts, Gaps, PayerRow } from './facts.js';
import { RESPONSIBILITIES } from './rules.js';
import { day, decimal, plain, segment } from './segments.js';
import { claimMembers, consentsOf, mspTypeOf } from './write-claim.js';
import { address, memberId, needPayer, needPerson, numbersAt, payerName, person, providerName } from './write-parties.js';

/** SBR of the destination (2000B) or of another payer (2320). A group that has only a name has it as its value too. SBR05 is Medicare's, where it is not primary; 837I has value codes instead. */
export function subscriberSegment(row: PayerRow, relationship: string | undefined, { kind }: ClaimFacts, gaps: Gaps): Segment {
  const { insurance, coverage } = row;
  const group = coverage.class?.find(({ type }) => type.coding?.some(({ code }) => code === 'group'));
  return segment(
    'SBR', responsibilityOf(row), relationship, ...(group?.value === group?.name ? ['', plain(group?.name)] : [group?.value, '']),
    kind.kind === 'institutional' || insurance.sequence === 1 ? '' : mspTypeOf(insurance.extension), '', '', '',
    gaps.need(filingIndicator(row, kind.kind === 'institutional'), `${row.expression}.coverage`, 'It is not known what kind of plan this is: give Coverage.type or the extension payer-kind'),
  );
}

/** Medicare takes no claim behind another payer without the reason (SBR05; 42 CFR 411.20). Where it is not the destination, nothing asks for it. */
export function needMspType(row: PayerRow, { kind }: ClaimFacts, gaps: Gaps): void {
  const { insurance, expression } = row;
  const isBehind = insurance.sequence > 1 && MEDICARE_INDICATORS.has(filingIndicator(row, false) ?? '');
  if (isBehind && kind.kind !== 'institutional') gaps.need(mspTypeOf(insurance.extension), expression, 'Medicare is not primary and it is not stated why: give the row its msp-insurance-type');
}

const MEDICARE_INDICATORS: ReadonlySet<string> = new Set(['MA', 'MB']);

/** SBR01: `Claim.insurance.sequence` as a letter. */
export const responsibilityOf = ({ insurance }: PayerRow): string => RESPONSIBILITIES[insurance.sequence - 1] ?? 'U';

/** SBR02, PAT01: the patient's relation to the subscriber. */
export function relationshipOf({ coverage, isSelf, expression }: PayerRow, gaps: Gaps): string | undefined {
  if (isSelf) return '18';
  const coding = coverage.relationship?.coding ?? [];
  const stated = coding.find(({ system }) => system === SYSTEMS.relationship)?.code ?? coding.map(({ code }) => toX12(RELATIONSHIPS, code)).find((code) => code !== undefined);
  return gaps.need(stated, `${expression}.coverage`, 'The patient’s relation to the subscriber is not known: state Coverage.relationship');
}

/** SBR09: as Coverage.type says in X12's own codes, else by the kind of payer; Medicare's part by the kind of claim. */
function filingIndicator({ coverage, kind }: PayerRow, isInstitutional: boolean): string | undefined {
  const stated = coverage.type?.coding?.find(({ system }) => system === SYSTEMS.filingIndicator)?.code;
  const inferred = toX12(FILING_INDICATORS, kind);
  return stated ?? (inferred === 'MB' && isInstitutional ? 'MA' : inferred);
}

/** 2320 with its 2330s, for each payer beside the destination. Amounts only of those before it. */
export function otherPayerSegments(facts: ClaimFacts, gaps: Gaps): Segment[] {
  return facts.others.flatMap((row) => {
    needPayer(row, gaps);
    needPerson(row.subscriber, `${row.expression}.coverage`, 'The subscriber of this coverage', gaps);
    const { adjudication, payer, subscriber, coverage, insurance } = row;
    const { benefits, release } = consentsOf(facts.claim);
    return [
      subscriberSegment(row, relationshipOf(row, gaps), facts, gaps),
      ...(adjudication ? decisionSegments(row, adjudication, gaps) : []),
      segment('OI', '', '', benefits, facts.kind.kind === 'institutional' ? '' : 'P', '', release),
      ...(adjudication ? medicareSegments(row) : []),
      person('IL', subscriber, memberId(coverage)),
      ...address(subscriber.address),
      payerName(payer),
      ...(adjudication && adjudicatesClaimOnly(adjudication) ? [segment('DTP', '573', 'D8', day(adjudication.date))] : []),
      ...(insurance.preAuthRef ?? []).slice(0, 1).map((value) => segment('REF', 'G1', value)),
      ...(adjudication?.payerClaimNumber === undefined ? [] : [segment('REF', 'F8', adjudication.payerClaimNumber)]),
      ...otherPayerProviders(facts, row),
    ];
  });
}

/** 2330C and on: providers by the numbers that only this payer gave them. */
function otherPayerProviders(facts: ClaimFacts, { payer }: PayerRow): Segment[] {
  const members = [...claimMembers(facts), { entity: '85', provider: facts.billing }];
  return members.flatMap(({ entity, provider }) => {
    const numbers = numbersAt(provider, payer);
    const [, code, kind] = providerName(entity, provider).elements;
    return numbers.length > 0 ? [segment('NM1', code, kind), ...numbers] : [];
  });
}

/** Nothing was decided about lines: the date stands with the payer (W6). */
const adjudicatesClaimOnly = (adjudication: Adjudication): boolean => adjudication.lines.length === 0 && !isNotBilled(adjudication);

/** A payer that is known not to cover states what is not covered, and nothing else. */
const isNotBilled = ({ stated, lines, adjustments }: Adjudication): boolean =>
  stated.paid === undefined && stated.noncovered !== undefined && lines.length === 0 && adjustments.length === 0;

/** CAS and AMT of 2320. AMT*A8 stands for a payer that was not billed, since it is known not to cover. */
function decisionSegments({ expression, decision, insurance }: PayerRow, adjudication: Adjudication, gaps: Gaps): Segment[] {
  const { adjustments, incomplete = [], stated } = adjudication;
  const at = `${expression}.claimResponse`;
  if (incomplete.length > 0) gaps.need(undefined, at, 'An adjustment of this decision lacks its group, its reason or its amount: ask the payer for its remittance');
  if (stated.noncovered !== undefined && isNotBilled(adjudication)) return [segment('AMT', 'A8', formatCents(stated.noncovered))];
  gaps.need(day(adjudication.date), at, 'The decision has no date to the day');
  const paid = gaps.need(claimPaid(adjudication), at, 'The decision does not say what the payer paid');
  return [...adjustmentSegments(adjustments), ...(paid === undefined ? [] : [segment('AMT', 'D', formatCents(paid))]), ...remaining(extensionOf(insurance, REMAINING) ? insurance : decision)];
}

const REMAINING = structureDefinition('remaining-patient-liability');

/** AMT*EAF, where one is stated: by the provider on the row, or with the decision. */
export function remaining(holder: { readonly extension?: readonly Extension[] | undefined } | undefined): Segment[] {
  const value = holder && extensionOf(holder, REMAINING)?.valueMoney?.value;
  const cents = value === undefined ? undefined : parseAmount(value);
  return cents === undefined ? [] : [segment('AMT', 'EAF', formatCents(cents))];
}

/** A CAS holds six trios of one group, and repeats only when they are full. Amounts of zero are left out (X12 RFI 1865). */
export function adjustmentSegments(adjustments: readonly Adjustment[]): Segment[] {
  const byGroup = new Map<string, Adjustment[]>();
  for (const one of adjustments) if (one.amount !== 0) byGroup.set(one.group, [...(byGroup.get(one.group) ?? []), one]);
  return [...byGroup].flatMap(([group, list]) => {
    const segments: Segment[] = [];
    for (let at = 0; at < list.length; at += TRIOS) {
      segments.push(segment('CAS', group, ...list.slice(at, at + TRIOS).flatMap(({ reason, amount, quantity }) => [reason, formatCents(amount), quantity === undefined ? '' : decimal(quantity)])));
    }
    return segments;
  });
}

const TRIOS = 6;

/** MIA or MOA as the payer sent them. */
function medicareSegments({ decision }: PayerRow): Segment[] {
  return MEDICARE.flatMap(({ id, url, prefix }) => {
    const parts = (decision && extensionOf(decision, url)?.extension) ?? [];
    const elements: string[] = [];
    for (const { url: name, valueCode, valueDecimal } of parts) {
      const position = Number(name.slice(prefix.length));
      if (Number.isInteger(position) && position > 0) elements[position - 1] = valueCode ?? (valueDecimal === undefined ? '' : decimal(valueDecimal));
    }
    return elements.length > 0 ? [segment(id, ...Array.from(elements, (element) => element ?? ''))] : [];
  });
}

const MEDICARE = [
  { id: 'MIA', url: EXTENSION.inpatientAdjudication, prefix: 'mia' },
  { id: 'MOA', url: EXTENSION.outpatientAdjudication, prefix: 'moa' },
] as const;
