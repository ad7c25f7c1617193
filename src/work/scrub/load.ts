import type { Claim, Coverage, CoverageEligibilityResponse, FhirResource, Reference } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import type { ScrubInput } from '../../claims/scrub/index.js';
import { errors } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { escaped } from '../../fhir/search/escaping.js';
import { isDecision, storedFacts, toInput, type Facts } from '../derivation/load.js';
import { withReferred } from '../derivation/lookup.js';
import { kindOf } from '../payer-kind.js';

/** What is stored about a claim that is to be sent, as `scrub` takes it. The claim itself need not be stored yet; `known` is what was read of its chain. */
export async function storedScrubInput(claim: Claim, store: Resources, asOf: string, known?: Facts): Promise<ScrubInput> {
  const [facts, alike, eligibility] = await Promise.all([
    known ?? storedFacts(claim, store),
    claimsAlike(claim, store),
    store.search<CoverageEligibilityResponse>('CoverageEligibilityResponse', `patient=${relative(claim.patient.reference) ?? ''}`),
  ]);
  return scrubInputOf({ ...facts, claims: [...facts.claims, ...alike], resources: [...facts.resources, ...eligibility] }, store, asOf);
}

/** The same of a claim with what came along; what its references name beyond that is looked up. */
export const inlineScrubInput = (claim: Claim, given: readonly FhirResource[], store: Resources, asOf: string): Promise<ScrubInput> =>
  scrubInputOf({ claim, claims: [], decisions: [], coverages: [], resources: [claim, ...given] }, store, asOf);

async function scrubInputOf(facts: Facts, store: Resources, asOf: string): Promise<ScrubInput> {
  const known = unique([...facts.resources, ...facts.claims, ...facts.decisions, ...facts.coverages]);
  const named = await withNamed(facts.claim, known, store);
  const resources = await withReferred(named, store);
  const input = toInput({
    claim: facts.claim,
    claims: resources.filter((resource): resource is Claim => resource.resourceType === 'Claim'),
    decisions: resources.filter(isDecision),
    // Not those of other claims, which may be another patient's.
    coverages: named.filter((resource): resource is Coverage => resource.resourceType === 'Coverage' && resource.id !== undefined),
    resources,
  }, { asOf });
  return { ...input, payerKindOf: kindOf };
}

/** Claims outside the chain that may bill the same again: to the same payer, or under the same number. */
async function claimsAlike(claim: Claim, store: Resources): Promise<Claim[]> {
  const patient = relative(claim.patient.reference) ?? '';
  const focal = relative(claim.insurance.find((row) => row.focal)?.coverage.reference);
  const numbers = (claim.identifier ?? []).flatMap(({ system, value }) => (value === undefined ? [] : [`${system === undefined ? '' : `${escaped(system)}|`}${escaped(value)}`]));
  const [samePayer, sameNumber] = await Promise.all([
    focal?.startsWith('Coverage/') ? store.search<Claim>('Claim', `patient=${patient}&coverage=${focal}`) : [],
    numbers.length > 0 ? store.search<Claim>('Claim', `identifier=${numbers.join()}`) : [],
  ]);
  return [...samePayer, ...sameNumber];
}

/** The resources, and what the claim itself names beyond them: coverages, decisions, providers, documents. */
async function withNamed(claim: Claim, known: readonly FhirResource[], store: Resources): Promise<FhirResource[]> {
  const keys = new Set(known.map(keyOf));
  const wanted = new Set(namedBy(claim).filter((target) => !keys.has(target)));
  if (wanted.size > MOST) throw errors.processing(`The claim names more than ${MOST} resources: give those that matter inline`, 'Claim');
  const found = await Promise.all([...wanted].map(async (target) => {
    const [, type, id] = NAMED.exec(target) ?? [];
    return type !== undefined && id !== undefined ? store.read(type as FhirResource['resourceType'], id) : undefined;
  }));
  return [...known, ...found.filter((resource) => resource !== undefined)];
}

/** More than any claim names. */
const MOST = 500;

const NAMED = /^(Coverage|ClaimResponse|ExplanationOfBenefit|Organization|Practitioner|DocumentReference|Binary)\/([A-Za-z0-9.-]{1,64})$/;

function namedBy({ insurance, provider, careTeam = [], supportingInfo = [] }: Claim): string[] {
  const references: (Reference | undefined)[] = [
    ...insurance.flatMap(({ coverage, claimResponse }) => [coverage, claimResponse]),
    provider,
    ...careTeam.map((member) => member.provider),
    ...supportingInfo.map(({ valueReference }) => valueReference),
  ];
  return references.flatMap((reference) => relative(reference?.reference) ?? []).filter((target) => NAMED.test(target));
}

const keyOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ''}`;

/** Each resource once, as it stood first; those without an id are told apart. */
function unique(resources: readonly FhirResource[]): FhirResource[] {
  const seen = new Set<string>();
  return resources.filter((resource) => {
    const isNew = resource.id === undefined || !seen.has(keyOf(resource));
    seen.add(keyOf(resource));
    return isNew;
  });
}
