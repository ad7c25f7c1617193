/** 837 P, I and D (005010X222A1, X223A2, X224A2) from FHIR claims. */
import type { Claim } from 'fhir/r4.js';
import type { TransactionSet } from '../envelope.js';
import { idOf, Segment } from '../segment.js';
import { billedOf } from './billed.js';
import { factsOf, Gaps, type ClaimFacts, type ClaimSource, type Gap } from './facts.js';
import { claimsIn } from './loops.js';
import { brokenRules, RESPONSIBILITIES, type BrokenRule, type ClaimRuleId } from './rules.js';
import { DELIMITERS, day, plain, segment } from './segments.js';
import { claimSegments } from './write-claim.js';
import { lineSegments } from './write-lines.js';
import { needMspType, otherPayerSegments, relationshipOf, subscriberSegment } from './write-other-payers.js';
import { address, billingContact, contact, demographics, memberId, needPayer, needPerson, npiOf, numbersAt, payerId, payerName, person, providerName, providerNumbers, taxId, taxonomy } from './write-parties.js';

/** Why a claim can't be written: a rule that it breaks, or what is missing (no rule). `expression` resolves on the claim. */
export interface Refusal extends Gap {
  readonly rule: ClaimRuleId | undefined;
}

/** A claim, written from 2000A on; the levels (HL) get their numbers in the transaction set. */
export interface WrittenClaim {
  readonly facts: ClaimFacts;
  readonly segments: readonly Segment[];
}

/** ST to SE. `control` is ST02; `date` CCYYMMDD, `time` HHMM. */
export interface SetHeader {
  readonly control: string;
  /** BHT03: names this sending. */
  readonly reference: string;
  readonly date: string;
  readonly time: string;
}

/**
 * The claim, checked by reading back what was written: everything that is missing, and every rule W1 to W11 that it breaks.
 * @throws {X12Error} `x12-delimiter`: an identifier contains a delimiter
 * @throws {InexactAmountError} totals too large to be exact
 */
export function writeClaim(source: ClaimSource): WrittenClaim | readonly Refusal[] {
  const gaps = new Gaps();
  const facts = factsOf(source, gaps);
  if (!facts) return gaps.found.map(missing);
  const written: WrittenClaim = { facts, segments: [...billingSegments(facts, gaps), ...subscriberSegments(facts, gaps), ...claimSegments(facts, gaps), ...otherPayerSegments(facts, gaps), ...lineSegments(facts, gaps)] };
  const broken = [...claimsIn(transactionSet([written], { control: '0001', reference: '', date: '', time: '' }))].flatMap((claim) => brokenRules(billedOf(claim)));
  const refusals = [...new Map(gaps.found.map((gap) => [JSON.stringify(gap), missing(gap)])).values(), ...broken.map((rule) => refusal(rule, facts))];
  return refusals.length > 0 ? refusals : written;
}

export const isWritten = (result: WrittenClaim | readonly Refusal[]): result is WrittenClaim => 'segments' in result;

const missing = (gap: Gap): Refusal => ({ ...gap, rule: undefined });

/** Where the claim has what the rule is about: the line, else the payer, else the claim. */
function refusal({ rule, text, payer, line }: BrokenRule, { claim, focal, others }: ClaimFacts): Refusal {
  const row = [focal, ...others].find(({ insurance }) => RESPONSIBILITIES[insurance.sequence - 1] === payer);
  const place = line === undefined ? undefined : Number(line) - 1;
  const expression = place !== undefined && claim.item?.[place] ? `Claim.item[${place}]` : (row?.expression ?? (rule === 'W1' ? 'Claim.total' : rule === 'W9' ? 'Claim.insurance' : 'Claim'));
  return { rule, expression, text: row && line !== undefined ? `${text} (payer ${payer ?? ''})` : text };
}

/** 2000A, 2010AA and 2010AB. */
function billingSegments({ billing }: ClaimFacts, gaps: Gaps): Segment[] {
  const at = 'Claim.provider';
  const name = providerName('85', billing);
  gaps.need(name.elements[3], at, 'The billing provider has no name');
  gaps.need(npiOf(billing) ?? taxId(billing), at, 'The billing provider has neither an NPI nor a tax id');
  const street = address(billing.address);
  gaps.need(street.length > 1 ? street : undefined, at, 'The billing provider has no address with street and city');
  const payTo = address(billing.address, 'pay-to');
  return [
    segment('HL', '', '', '20', '1'),
    ...taxonomy('BI', billing),
    name, ...street,
    ...providerNumbers(billing, undefined, ['EI', 'SY', '0B', '1G']),
    ...billingContact(billing),
    ...(payTo.length > 0 ? [segment('NM1', '87', '2'), ...payTo] : []),
  ];
}

/** 2000B with the destination, and 2000C where the patient is not the subscriber. */
function subscriberSegments(facts: ClaimFacts, gaps: Gaps): Segment[] {
  const { focal, patient, billing } = facts;
  const { isSelf, subscriber, coverage, payer, expression } = focal;
  needPayer(focal, gaps);
  needMspType(focal, facts, gaps);
  needPerson(subscriber, `${expression}.coverage`, 'The subscriber of this coverage', gaps);
  needPerson(patient, 'Claim.patient', 'The patient', gaps);
  gaps.need(day(patient.birthDate), 'Claim.patient', 'The patient has no birth date to the day');
  return [
    segment('HL', '', '', '22', isSelf ? '0' : '1'),
    subscriberSegment(focal, isSelf ? '18' : '', facts, gaps),
    person('IL', subscriber, memberId(coverage)), ...address(subscriber.address), ...demographics(subscriber),
    payerName(payer), ...address(payer.address), ...numbersAt(billing, payer).slice(0, 1),
    ...(isSelf ? [] : [
      segment('HL', '', '', '23', '0'),
      segment('PAT', relationshipOf(focal, gaps)),
      person('QC', patient, undefined), ...address(patient.address), ...demographics(patient),
    ]),
  ];
}

/** All claims of a transaction set must be of one kind. */
export function transactionSet(claims: readonly WrittenClaim[], { control, reference, date, time }: SetHeader): TransactionSet {
  const [first] = claims;
  if (!first || claims.some(({ facts }) => facts.kind !== first.facts.kind)) throw new Error('a transaction set has claims of one kind, at least one');
  const { billing, focal, claim, kind } = first.facts;
  const segments = [
    segment('ST', '837', control, kind.version),
    segment('BHT', '0019', '00', reference, date, time, isEncounter(claim) ? 'RP' : 'CH'),
    ...submitter(first.facts),
    segment('NM1', '40', '2', plain(focal.payer.name), '', '', '', '', '46', payerId(focal.payer)),
    ...withLevels(claims.flatMap((one) => one.segments)),
  ];
  segments.push(segment('SE', String(segments.length + 1), control));
  const numbered = segments.map(({ elements }, index) => new Segment(elements, index + 1));
  const group = { code: 'HC', sender: submitterId(billing), receiver: payerId(focal.payer) ?? '', date, control, version: kind.version };
  const party = (id: string) => ({ qualifier: 'ZZ', id });
  return { code: '837', control, group, delimiters: DELIMITERS, segments: numbered, interchange: { sender: party(group.sender), receiver: party(group.receiver), date, time, control, usage: 'P' } };
}

/** BHT06: `RP` for an encounter, which asks for no money. */
const isEncounter = ({ total }: Claim): boolean => total?.value === 0;

/** 1000A: the billing provider itself. */
function submitter({ billing }: ClaimFacts): Segment[] {
  const { elements: [, , kind, ...name] } = providerName('41', billing);
  return [segment('NM1', '41', kind, ...name.slice(0, 5), '46', submitterId(billing)), ...contact(billing)];
}

/** Clearinghouses know a provider by its tax id. */
export const submitterId = (billing: ClaimFacts['billing']): string => taxId(billing) ?? npiOf(billing) ?? '';

/** HL01 and HL02: levels numbered from 1, each with the number of the one above. */
function withLevels(segments: readonly Segment[]): Segment[] {
  const open: number[] = [];
  let last = 0;
  return segments.map((one) => {
    if (idOf(one) !== 'HL') return one;
    const [, , , level = '', hasChild = ''] = one.elements;
    const depth = LEVELS.indexOf(level);
    open.length = depth;
    open.push(++last);
    return segment('HL', String(last), depth === 0 ? '' : String(open[depth - 1] ?? ''), level, hasChild);
  });
}

/** HL03 from the outermost. */
const LEVELS = ['20', '22', '23'];

/** CCYYMMDD and HHMM of a FHIR instant. */
export const stamp = (instant: string): Pick<SetHeader, 'date' | 'time'> => ({ date: day(instant), time: instant.slice(11, 16).replace(':', '') || '0000' });

