import type { Claim } from 'fhir/r4.js';
import { structureDefinition } from '../canonical.js';
import { SYSTEM } from '../codes.js';
import { focalCoverageOf } from '../derive/chain.js';
import { isClaimNumber } from '../derive/claim-number.js';
import { referenceTo } from '../derive/input.js';
import { identifierOf, relative } from '../read-header.js';
import { decisionsOn, type ScrubFacts } from './facts.js';
import { repeated, spot, type ScrubRule, type Spot } from './rule.js';

/** Claim frequency of a replacement and of a void (X12 CLM05-3). */
const REPLACES: ReadonlySet<string> = new Set(['7', '8']);

/** Modifiers that say that the same service was done again, or apart (HCPCS, CPT appendix A). */
const DONE_AGAIN: ReadonlySet<string> = new Set(['59', '76', '77', '91', 'XE', 'XP', 'XS', 'XU', 'RT', 'LT', '50']);

/** Nothing is billed twice, and what replaces a claim says which. */
export const DUPLICATE_RULES: readonly ScrubRule[] = [
  {
    id: 'claim-not-live', severity: 'error', source: 'R4 Claim.status',
    check: ({ claim: { status } }) => (status === 'cancelled' || status === 'entered-in-error' ? [spot('Claim.status', 'The claim was cancelled or entered in error: it is not sent')] : []),
  },
  {
    id: 'claim-not-a-claim', severity: 'error', source: 'R4 Claim.use; X12 BHT06',
    check: ({ claim: { use } }) => (use === 'claim' ? [] : [spot('Claim.use', 'An authorization or an estimate is not billed to the next payer: use is claim')]),
  },
  {
    id: 'payer-decided-already', severity: 'error', source: 'CARC 18; domain/x12-mapping.md, Derivation algorithm 3 (duplicate)',
    check: ({ claim, focal, gathered }) => (focal?.reference !== undefined && !isReplacement(claim) && gathered.decided.some(({ coverage }) => coverage === focal.reference)
      ? [spot(`${focal.expression}.coverage`, 'This payer has decided about these services: send the claim to the next one, or replace it (frequency 7)')] : []),
  },
  {
    id: 'claim-sent-already', severity: 'error', source: 'CARC 18; domain/x12-mapping.md, Derivation algorithm 3 (duplicate)',
    check: ({ claim, focal, gathered: { chain } }) => (!focal?.reference || isReplacement(claim) ? [] : chain.standing
      .filter((other) => isOther(other, claim) && other.status === 'active' && focalCoverageOf(other) === focal.reference)
      .map((other) => spot(focal.expression, `${referenceTo(other) ?? 'A claim'} went to this payer for the same services: follow it up, or replace it (frequency 7)`))),
  },
  {
    id: 'claim-duplicate', severity: 'error', source: 'CARC 18; X12 CLP02',
    check: duplicateClaims,
  },
  {
    id: 'claim-number-reused', severity: 'error', source: 'architecture: every claim that we send has its own number; X12 CLM01',
    check: ({ claim, input }) => {
      const numbers = new Set(input.claims.filter((other) => isOther(other, claim)).flatMap(({ identifier = [] }) => identifier.filter(isClaimNumber).map(keyOf)));
      return (claim.identifier ?? []).flatMap((identifier, position) => (isClaimNumber(identifier) && identifier.value && numbers.has(keyOf(identifier))
        ? [spot(`Claim.identifier[${position}].value`, 'Another claim has this number: the payer’s answer could not be matched; give each its own')] : []));
    },
  },
  {
    id: 'line-duplicate', severity: 'warning', source: 'CARC 18; CPT appendix A (76, 77, 91, 59)',
    check: ({ lines }) => repeated(lines, ({ item, start }) => (start === undefined ? undefined : `${start} ${serviceOf(item)}`))
      .filter(({ item }) => !(item.modifier ?? []).some(({ coding = [] }) => coding.some(({ code }) => DONE_AGAIN.has(code ?? ''))))
      .map(({ expression }) => spot(expression, 'The same service stands on another line of the same day: bill units, or say by a modifier why it was done again')),
  },
  {
    id: 'replaced-claim-unnamed', severity: 'error', source: 'X12 837 CLM05-3 7 and 8 with REF*F8: the number that this payer gave the claim',
    check: (facts) => (isReplacement(facts.claim) && !hasPayerNumber(facts)
      ? [spot('Claim', 'A replacement or void names the claim that it replaces, with the payer’s own number of it (related prior, reference)')] : []),
  },
  {
    id: 'frequency-unknown', severity: 'error', source: 'X12 837 CLM05-3: 1, 7, 8 (data-model §2 claim-frequency)',
    check: ({ claim }) => {
      const stated = frequencyOf(claim);
      const at = (claim.extension ?? []).findIndex(({ url }) => url === FREQUENCY);
      return stated === undefined || stated === '1' || REPLACES.has(stated) ? [] : [spot(`Claim.extension[${at}]`, 'The claim frequency is none: 1 is an original, 7 replaces, 8 voids')];
    },
  },
  {
    id: 'frequency-disagrees', severity: 'error', source: 'X12 837 CLM05-3: an original (1) replaces nothing, a secondary original is 1',
    check: ({ claim }) => (claim.related ?? []).flatMap(({ relationship }, position) =>
      relationship?.coding?.some(({ code }) => code === 'prior') && !isReplacement(claim)
        ? [spot(`Claim.related[${position}]`, 'The claim names one that it replaces (prior) and its frequency is not 7 or 8: correct the one that is wrong')] : []),
  },
];

const FREQUENCY = structureDefinition('claim-frequency');
const frequencyOf = ({ extension }: Claim): string | undefined => extension?.find(({ url }) => url === FREQUENCY)?.valueCode;
const isReplacement = (claim: Claim): boolean => REPLACES.has(frequencyOf(claim) ?? '1');
const isOther = (other: Claim, claim: Claim): boolean => other !== claim && (other.id === undefined || other.id !== claim.id);
const keyOf = ({ system, value }: { readonly system?: string; readonly value?: string }): string => `${system ?? ''}|${value ?? ''}`;

/** Another claim of the patient, outside the chain, to the same payer for the same services on the same days. */
function duplicateClaims({ claim, focal, input, gathered: { chain } }: ScrubFacts): Spot[] {
  if (!focal?.reference || isReplacement(claim) || servicesOf(claim).length === 0) return [];
  const services = servicesOf(claim).join('\n');
  return input.claims.filter((other) => isOther(other, claim) && !chain.all.includes(other) && (other.status === 'active' || other.status === 'draft') && other.use === 'claim'
    && relative(other.patient.reference) === relative(claim.patient.reference) && focalCoverageOf(other) === focal.reference && servicesOf(other).join('\n') === services)
    .map((other) => spot('Claim.item', `${referenceTo(other) ?? 'Another claim'} bills this payer for the same services on the same days: cancel one of the two`));
}

const servicesOf = (claim: Claim): string[] =>
  (claim.item ?? []).map((item) => `${item.servicedDate ?? item.servicedPeriod?.start ?? claim.billablePeriod?.start ?? ''} ${serviceOf(item)}`).sort();

/** Code, modifiers and charge of a service, in one text. */
const serviceOf = ({ productOrService, modifier = [], net }: NonNullable<Claim['item']>[number]): string =>
  [productOrService.coding?.[0]?.code ?? productOrService.text ?? '', ...modifier.flatMap(({ coding = [] }) => coding.map(({ code }) => code ?? '')).sort(), net?.value ?? ''].join(' ');

/** The focal payer's own number of the replaced claim: on `related`, or on its decision about that claim. */
function hasPayerNumber(facts: ScrubFacts): boolean {
  const replaced = (facts.claim.related ?? []).filter(({ relationship }) => relationship?.coding?.some(({ code }) => code === 'prior'));
  return replaced.some(({ reference, claim }) => reference?.value !== undefined || identifierOf(claim?.identifier ? [claim.identifier] : [], SYSTEM.c4bbIdentifierType, 'uc') !== undefined
    || decisionsOn(facts, relative(claim?.reference)).some(({ payerClaimNumber }) => payerClaimNumber !== undefined));
}
