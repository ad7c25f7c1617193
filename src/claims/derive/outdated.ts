import type { Claim, Coverage, Extension, Identifier, Reference } from 'fhir/r4.js';
import { residualOf } from '../amounts.js';
import { claimPaid } from '../balance.js';
import { structureDefinition } from '../canonical.js';
import { SYSTEM } from '../codes.js';
import type { Finding } from '../model.js';
import { ZERO, type Cents } from '../money.js';
import { identifierOf, relative } from '../read-header.js';
import { focalCoverageOf, follows } from './chain.js';
import { compose } from './compose.js';
import { doubtsAbout } from './doubt.js';
import { netHash } from './fingerprint.js';
import { referenceTo, type DeriveInput, type ResourceIndex } from './input.js';
import { netHashOf } from './next-claim.js';
import { chosenPayer, nextPayer, type NoNextPayer } from './next-payer.js';
import { maySamePatient } from './same-patient.js';
import { gather, type DecidedPayer, type Gathered } from './situation.js';

/**
 * What is to be done about a claim whose decisions have changed:
 * `wait` for a new decision; `derive` anew, since it was never sent; `replace` it (frequency 7, the replacement is
 * there); `ask-number` of the payer, without which it can't be replaced; `void` it, since nothing is left to ask for;
 * `refund` what its payer has paid, since nothing was; `reorder`: the coverages have changed, and with them who is billed;
 * `ask`: they have changed, and it is open who is billed; `confirm`: a decision that it rests on may not stand;
 * `correct` what was sent, or `remake` what was not, since its coverage was corrected.
 */
export type Remedy = 'wait' | 'derive' | 'replace' | 'ask-number' | 'void' | 'refund' | 'reorder' | 'ask' | 'confirm' | 'correct' | 'remake';

/** A claim that rests on decisions, or on an order of benefits, that do not stand any more. */
export interface OutdatedClaim {
  readonly claim: Claim;
  /** What has changed, in words. */
  readonly reason: string;
  readonly remedy: Remedy;
  readonly replacement?: Claim;
  /** The questions, with `ask` and `confirm`. */
  readonly findings?: readonly Finding[];
  /** What tells one correction of a coverage from another, with `correct` and `remake`. */
  readonly about?: string;
  /** What its payer has paid, with `refund`. */
  readonly paid?: Cents;
}

export interface Outdating {
  readonly outdated: readonly OutdatedClaim[];
  /** Claims that were found outdated before and rest on what stands now: a correction has been taken back. */
  readonly restored: readonly Claim[];
}

const STALE = structureDefinition('stale');
const CLAIM_FREQUENCY = structureDefinition('claim-frequency');
/** X12 CLM05-3: replacement of a prior claim. */
const REPLACEMENT = '7';
const RELATIONSHIP = 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship';

/** Which of the derived claims of a chain rest on decisions that have been reversed or corrected since (X12 005010X221A1 §1.10.2.8). */
export function outdating(input: DeriveInput): Outdating {
  const gathered = gather(input);
  const derived = gathered.chain.standing.filter((claim) => netHashOf(claim) !== undefined);
  const outdated = derived.flatMap((claim) => outdatedOf(claim, gathered) ?? []);
  return { outdated, restored: derived.filter((claim) => staleOf(claim) !== undefined && !outdated.some((one) => one.claim === claim)) };
}

export const staleOf = ({ extension }: Claim): Extension | undefined => extension?.find(({ url }) => url === STALE);

/** The claim marked stale since then (a FHIR instant), as it is when it was marked before; without a reason, not marked any more. */
export function markedStale(claim: Claim, mark: { readonly since: string; readonly reason: string } | undefined): Claim {
  const others = (claim.extension ?? []).filter(({ url }) => url !== STALE);
  if (!mark) return { ...claim, extension: others };
  return { ...claim, extension: [...others, { url: STALE, extension: [{ url: 'since', valueDateTime: mark.since }, { url: 'reason', valueString: mark.reason }] }] };
}

function outdatedOf(claim: Claim, gathered: Gathered): OutdatedClaim | undefined {
  const { input, decided } = gathered;
  const prior = priorCoverages(claim);
  const payers = prior.flatMap((coverage) => decided.find((payer) => payer.coverage === coverage) ?? []);
  const missing = prior.find((coverage) => !payers.some((payer) => payer.coverage === coverage));
  if (missing !== undefined) return { claim, reason: `${missing} took its decision back, or made another that contradicts it`, remedy: 'wait' };
  const hash = netHash(payers, input.digest);
  if (hash === netHashOf(claim)) return doubted(claim, payers, gathered) ?? reordered(claim, prior, gathered) ?? corrected(claim, gathered);
  return { claim, reason: 'A decision of an earlier payer has been corrected', ...remedyOf(claim, payers, hash, gathered) };
}

/** A claim whose payer has not decided, and that rests on a decision which may not stand. */
function doubted(claim: Claim, payers: readonly DecidedPayer[], { decided }: Gathered): OutdatedClaim | undefined {
  const findings = decided.some(({ coverage }) => coverage === focalCoverageOf(claim)) ? [] : doubtsAbout(payers);
  return findings.length > 0 ? { claim, reason: 'It is open whether a decision that it rests on stands', remedy: 'confirm', findings } : undefined;
}

/** A claim whose payer has not decided, and is not (any more) the next one, by what became known of the coverages since the claim was made. */
function reordered(claim: Claim, prior: readonly string[], { input, decided, index }: Gathered): OutdatedClaim | undefined {
  const focal = focalCoverageOf(claim);
  if (focal === undefined || decided.some(({ coverage }) => coverage === focal)) return undefined;
  const holder = input.coverages.some((coverage) => referenceTo(coverage) === focal) ? claim.patient : beneficiaryOf(focal, index);
  if (isOfMerged(claim, input) || isOfMergedWith(claim, holder, index)) return { claim, reason: 'The patient was merged into another, and the coverages with it', remedy: 'reorder' };
  if (!maySamePatient(claim.patient, holder, index.values())) return { claim, reason: `${focal} is another patient’s`, remedy: 'reorder' };
  if (!('coverage' in chosenPayer(focal, prior, input.orders))) return { claim, reason: `${focal} was not in force for these services`, remedy: 'reorder' };
  const next = nextPayer(prior, input.orders);
  if (!('coverage' in next)) return undecided(claim, focal, next, input);
  if (next.coverage === focal || !isNewer(next.coverage, claim, input)) return undefined;
  return { claim, reason: `${next.coverage} comes before ${focal}`, remedy: 'reorder' };
}

/** A claim whose payer has not decided, and whose coverage names another payer, or was sent under another member number, than is known now. */
function corrected(claim: Claim, { input, decided }: Gathered): OutdatedClaim | undefined {
  const focal = focalCoverageOf(claim);
  const [then, now] = [input.coveragesThen?.get(referenceTo(claim) ?? ''), input.coverages.find((coverage) => referenceTo(coverage) === focal)];
  if (!then || !now || decided.some(({ coverage }) => coverage === focal)) return undefined;
  const isSent = claim.status !== 'draft';
  // A draft gets the number when it is sent.
  const what = [...(haveSamePayer(then, now) ? [] : ['payer']), ...(!isSent || memberNumberOf(then) === memberNumberOf(now) ? [] : ['member number'])];
  if (what.length === 0) return undefined;
  const reason = `${what.join(' and ')} of ${focal ?? 'the coverage'}: corrected after the claim was ${isSent ? 'sent' : 'made'}`;
  return { claim, reason: `${reason[0]?.toUpperCase() ?? ''}${reason.slice(1)}`, remedy: isSent ? 'correct' : 'remake', about: input.digest(JSON.stringify([now.payor[0]?.reference, memberNumberOf(now)])) };
}

/** A reference that is not resolved yet says nothing. */
function haveSamePayer(a: Coverage, b: Coverage): boolean {
  const [one, other] = [a, b].map(({ payor }) => relative(payor[0]?.reference));
  return one === undefined || other === undefined || one === other;
}

/** As it is written to the payer, however it is spaced. */
const memberNumberOf = ({ subscriberId, identifier }: Coverage): string | undefined =>
  (subscriberId ?? identifierOf(identifier, SYSTEM.identifierType, 'MB'))?.replace(/[^\p{L}\d]/gu, '').toUpperCase();

/** Where it is open who comes next, since a coverage came, changed, or is in doubt. */
function undecided(claim: Claim, focal: string, { findings }: NoNextPayer, input: DeriveInput): OutdatedClaim | undefined {
  const asked = input.orders.flatMap(({ order }) => order.missing).find(({ coverage }) => isNewer(coverage, claim, input));
  return asked && { claim, reason: `It is open whether ${focal} comes next: ask about ${asked.coverage}`, remedy: 'ask', findings };
}

/** Whether the claim is about a patient whom another record has replaced (`Patient.link` replaced-by, R4 §8.1.5.1). */
const isOfMerged = ({ patient }: Claim, { resources }: DeriveInput): boolean =>
  resources.some((resource) => resource.resourceType === 'Patient' && referenceTo(resource) === relative(patient.reference) && (resource.link ?? []).some(({ type }) => type === 'replaced-by'));

const isOfMergedWith = ({ patient }: Claim, holder: Reference | undefined, index: ResourceIndex): boolean =>
  holder !== undefined && !maySamePatient(patient, holder, []) && maySamePatient(patient, holder, index.values());

/** Whom a coverage covers, where it is known at all. */
function beneficiaryOf(coverage: string, index: ResourceIndex): Reference | undefined {
  const found = index.get(coverage);
  return found?.resourceType === 'Coverage' ? found.beneficiary : undefined;
}

/** Whoever made the claim may have chosen its payer: only a coverage that came or changed later says something new. */
function isNewer(reference: string, claim: Claim, { coverages }: DeriveInput): boolean {
  const changed = coverages.find((coverage) => referenceTo(coverage) === reference)?.meta?.lastUpdated;
  return staleOf(claim) !== undefined || Date.parse(changed ?? '') > Date.parse(claim.meta?.lastUpdated ?? '');
}

const priorCoverages = (claim: Claim): string[] => {
  const focal = claim.insurance.find((row) => row.focal)?.sequence ?? 1;
  return claim.insurance.filter(({ sequence }) => sequence < focal).flatMap(({ coverage }) => relative(coverage.reference) ?? []);
};

function remedyOf(claim: Claim, payers: readonly DecidedPayer[], hash: string, gathered: Gathered): Pick<OutdatedClaim, 'remedy' | 'replacement' | 'paid'> {
  if (claim.status === 'draft') return { remedy: 'derive' };
  const answer = gathered.decided.find(({ coverage }) => coverage === focalCoverageOf(claim))?.adjudication;
  const last = payers.at(-1)?.adjudication;
  if (last && residualOf(last) === 0) {
    const paid = (answer && claimPaid(answer)) ?? ZERO;
    return paid > 0 ? { remedy: 'refund', paid } : { remedy: 'void' };
  }
  if (answer?.payerClaimNumber === undefined) return { remedy: 'ask-number' };
  return { remedy: 'replace', replacement: replacementOf(claim, answer.payerClaimNumber, payers, hash, gathered) };
}

/** The claim anew from what stands, as a replacement (X12 CLM05-3 7, REF*F8 the payer's own number). */
function replacementOf(claim: Claim, number: string, payers: readonly DecidedPayer[], hash: string, { input, chain }: Gathered): Claim {
  const focal = focalCoverageOf(claim) ?? '';
  const sequence = claim.insurance.find((row) => row.focal)?.sequence ?? 1;
  const later = claim.insurance.filter((row) => row.sequence > sequence).flatMap(({ coverage }) => relative(coverage.reference) ?? []);
  const before = chain.all.find((other) => follows(claim, other, 'associated')) ?? input.claim;
  const made = compose({ input, chain, before, decided: payers, focal, later, hash });
  const reference: Identifier = { type: { coding: [{ system: SYSTEM.c4bbIdentifierType, code: 'uc' }] }, value: number };
  return {
    ...made,
    id: input.digest(['replacement', referenceTo(claim) ?? '', hash].join('\n')).slice(0, 32),
    extension: [...(made.extension ?? []).filter(({ url }) => url !== CLAIM_FREQUENCY), { url: CLAIM_FREQUENCY, valueCode: REPLACEMENT }],
    related: [...(made.related ?? []), { claim: { reference: referenceTo(claim) ?? '' }, relationship: { coding: [{ system: RELATIONSHIP, code: 'prior' }] }, reference }],
  };
}
