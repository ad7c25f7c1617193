/** Which of our claims a decision is about, and under which coverage: by payer, our number and the payer's (R4 has no 835). */
import type { Claim, ClaimResponse, Coverage, Organization, Reference } from 'fhir/r4.js';
import { SYSTEM } from '../../claims/codes.js';
import { parseAmount } from '../../claims/money.js';
import { identifierOf, relative } from '../../claims/read-header.js';
import { nameOf, type EraClaim, type Remittance } from './remittance.js';

/** What is stored and may belong to a remittance. */
export interface MatchFacts {
  /** Every organization that the payer may be. */
  readonly payers: readonly Organization[];
  /** Claims with one of the numbers that the payer returned, or that it answered before under one of its own. */
  readonly claims: readonly Claim[];
  /** Coverages of the patients of these claims. */
  readonly coverages: readonly Coverage[];
  /** Earlier decisions that have one of the payer's numbers. */
  readonly decisions: readonly ClaimResponse[];
}

export interface Match {
  readonly claim: Claim;
  /** Who decided, `Organization/1`. */
  readonly insurer: string;
  /** Under which coverage, `Coverage/1`; undefined where the payer has several on the claim and none can be told. */
  readonly coverage: string | undefined;
}

export type Unmatched = 'payer-unknown' | 'number-unknown' | 'payer-of-another-claim' | 'ambiguous';

/** What a person has to find out. */
export const UNMATCHED_TEXTS: Readonly<Record<Unmatched, string>> = {
  'payer-unknown': 'No stored payer has one of the identifiers that the remittance gives for its payer',
  'number-unknown': 'No stored claim has the number that the payer returned, and the payer\'s own number is not known either',
  'payer-of-another-claim': 'A claim has the number that the payer returned, but no coverage of its patient is with this payer',
  'ambiguous': 'Several claims fit the numbers that the payer returned',
};

/** CLP01 of a payer that does not know our number. */
const NO_NUMBER = '0';

/** The claim that a decision answers, or why none can be told. Nothing is guessed: of several only what tells them apart counts. */
export function matchClaim(claim: EraClaim, facts: MatchFacts): Match | Unmatched {
  if (facts.payers.length === 0) return 'payer-unknown';
  const numbered = claim.providerClaimNumber === NO_NUMBER ? [] : facts.claims.filter((candidate) => pcnOf(candidate) === claim.providerClaimNumber);
  const answered = answeredBefore(claim, facts);
  const known = numbered.length > 0 ? numbered : answered;
  if (known.length === 0) return 'number-unknown';
  const candidates = known.flatMap((one) => candidate(one, claim, facts) ?? []);
  if (candidates.length === 0) return 'payer-of-another-claim';
  let left: readonly Candidate[] = candidates;
  for (const tells of DISTINCTIONS) left = preferred(left, (one) => tells(one, claim, answered));
  const [only, ...others] = left;
  return only === undefined || others.length > 0 ? 'ambiguous' : only.match;
}

interface Candidate {
  readonly match: Match;
  /** The claim was made for this payer. */
  readonly isFocal: boolean;
}

/** What tells claims with one number apart, in this order; what none of them has tells nothing. */
const DISTINCTIONS: readonly ((candidate: Candidate, claim: EraClaim, answered: readonly Claim[]) => boolean)[] = [
  ({ match }, _claim, answered) => answered.includes(match.claim),
  ({ isFocal }) => isFocal,
  ({ match: { claim } }, { charge }) => claim.total?.value !== undefined && parseAmount(claim.total.value) === Math.abs(charge),
];

const preferred = <T>(all: readonly T[], is: (one: T) => boolean): readonly T[] => {
  const some = all.filter(is);
  return some.length > 0 ? some : all;
};

export const pcnOf = (claim: Claim): string | undefined => identifierOf(claim.identifier, SYSTEM.identifierType, 'PLAC');

/** The payer's numbers: CLP07, and REF*F8 where a correction got a new one. */
export const payerNumbers = ({ payerClaimNumber, references }: EraClaim): string[] =>
  [payerClaimNumber, ...references.filter(({ qualifier }) => qualifier === 'F8').map(({ value }) => value)].filter((value) => value !== undefined && value !== '') as string[];

/** Claims that this payer answered before under one of its numbers. */
function answeredBefore(claim: EraClaim, { payers, decisions, claims }: MatchFacts): Claim[] {
  const numbers = payerNumbers(claim);
  const requests = decisions
    .filter(({ insurer, identifier }) => isAmong(payers, insurer) && numbers.includes(identifierOf(identifier, SYSTEM.c4bbIdentifierType, 'uc') ?? ''))
    .map(({ request }) => relative(request?.reference));
  return claims.filter(({ id }) => requests.includes(`Claim/${id ?? ''}`));
}

/** The claim with the coverage that its patient has with this payer; undefined without one. */
function candidate(claim: Claim, decided: EraClaim, { payers, coverages }: MatchFacts): Candidate | undefined {
  const ofPayer = coverages.filter(({ payor, beneficiary }) => payor.some((one) => isAmong(payers, one)) && relative(beneficiary.reference) === relative(claim.patient.reference));
  const rows = claim.insurance.flatMap(({ coverage, focal }) => {
    const found = ofPayer.find(({ id }) => relative(coverage.reference) === `Coverage/${id ?? ''}`);
    return found ? [{ coverage: found, focal }] : [];
  });
  const [first, ...more] = preferred(rows.length > 0 ? rows.map(({ coverage }) => coverage) : ofPayer, (coverage) => isMember(coverage, decided));
  if (!first) return undefined;
  const insurer = relative(first.payor.find((one) => isAmong(payers, one))?.reference) ?? '';
  return { match: { claim, insurer, coverage: more.length > 0 ? undefined : `Coverage/${first.id ?? ''}` }, isFocal: rows.some(({ focal }) => focal) };
}

/** The member number that the payer states, of the patient or the subscriber, is the coverage's. */
function isMember({ subscriberId, identifier = [] }: Coverage, claim: EraClaim): boolean {
  const stated = ['QC', 'IL'].flatMap((code) => nameOf(claim, code)?.id?.value ?? []).map(plain);
  return [subscriberId, ...identifier.map(({ value }) => value)].some((number) => number !== undefined && stated.includes(plain(number)));
}

const isAmong = (payers: readonly Organization[], reference: Reference | undefined): boolean => payers.some(({ id }) => relative(reference?.reference) === `Organization/${id ?? ''}`);

/** Numbers by which payers are known: N104, REF of the payer, BPR10, TRN03; a tax id stands there behind a 1. */
export function payerIdentifiers({ payer, payment, trace }: Remittance): string[] {
  const stated = [payer.id?.value, ...payer.references.filter(({ qualifier }) => PAYER_REFERENCES.has(qualifier)).map(({ value }) => value), payment.originator, trace.originator];
  const trimmed = stated.map((value) => value?.trim() ?? '').filter((value) => value !== '');
  return [...new Set([...trimmed, ...trimmed.filter((value) => /^1\d{9}$/.test(value)).map((value) => value.slice(1))])];
}

/** REF01 in 1000A: 2U payer id, EO submitter id, HI health industry number, NF NAIC. */
const PAYER_REFERENCES: ReadonlySet<string> = new Set(['2U', 'EO', 'HI', 'NF']);

const plain = (text: string): string => text.replace(/[^\p{L}\d]/gu, '').toUpperCase();
