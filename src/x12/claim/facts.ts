/** A claim with all that its 837 names: looked up once, what is missing noted. */
import type { Address, Claim, ClaimInsurance, ClaimResponse, Coverage, ExplanationOfBenefit, FhirResource, Organization, Patient, Practitioner, RelatedPerson } from 'fhir/r4.js';
import type { Adjudication } from '../../claims/model.js';
import { readAdjudication } from '../../claims/read.js';
import { indexOf, type ResourceIndex } from '../../claims/derive/input.js';
import { relative } from '../../claims/read-header.js';
import { targetOf } from '../../claims/scrub/facts.js';
import { CARE_TEAM, FACILITY, toX12 } from './codes.js';
import { kindOfClaim, type KindOf837 } from './kinds.js';

/** What a claim is written from; `resources` are what it refers to. */
export interface ClaimSource {
  readonly claim: Claim;
  readonly resources: readonly FhirResource[];
  /** The payer kind of a coverage, stated or inferred (CodeSystem payer-kind). */
  readonly payerKindOf: (coverage: Coverage) => string | undefined;
}

/** Something that an 837 must say and that is not known; `expression` resolves on the claim. */
export interface Gap {
  readonly expression: string;
  readonly text: string;
}

/** A person as a member of a plan. */
export type Person = Patient | RelatedPerson;
/** Who gives or bills care. */
export type Provider = Organization | Practitioner;

/** One row of `Claim.insurance`. */
export interface PayerRow {
  /** E.g. `Claim.insurance[0]`. */
  readonly expression: string;
  readonly insurance: ClaimInsurance;
  readonly coverage: Coverage;
  readonly payer: Organization;
  readonly subscriber: Person;
  readonly isSelf: boolean;
  readonly kind: string | undefined;
  readonly decision: ClaimResponse | ExplanationOfBenefit | undefined;
  readonly adjudication: Adjudication | undefined;
}

/** Somebody beside the billing provider. */
export interface Member {
  /** NM101. */
  readonly entity: string;
  /** `careTeam.sequence`; undefined for the facility. */
  readonly sequence: number | undefined;
  readonly provider: Provider | PlaceOfService;
  readonly expression: string;
}

/** Claim.facility. */
export interface PlaceOfService {
  readonly resourceType: 'Location';
  readonly name?: string;
  readonly identifier?: Organization['identifier'];
  readonly address?: readonly Address[];
}

export interface ClaimFacts {
  readonly claim: Claim;
  readonly kind: KindOf837;
  readonly index: ResourceIndex;
  readonly patient: Patient;
  readonly billing: Provider;
  readonly focal: PayerRow;
  /** The other payers, by sequence. */
  readonly others: readonly PayerRow[];
  readonly members: readonly Member[];
}

/** Notes what is missing while facts are gathered. */
export class Gaps {
  readonly found: Gap[] = [];

  /** The value, or a gap. */
  need<T>(value: T | undefined | '', expression: string, text: string): T | undefined {
    if (value !== undefined && value !== '') return value;
    this.found.push({ expression, text });
    return undefined;
  }

  /** Notes what does not fit: nothing is cut off. */
  limit(count: number, most: number, expression: string, what: string): void {
    if (count > most) this.found.push({ expression, text: `An 837 holds at most ${most} ${what}, here are ${count}` });
  }
}

/** Undefined where something without which nothing can be written is missing; `gaps` says what. */
export function factsOf({ claim, resources, payerKindOf }: ClaimSource, gaps: Gaps): ClaimFacts | undefined {
  const index = indexOf(resources);
  const find = <T extends FhirResource>(reference: string | undefined, ...types: readonly T['resourceType'][]): T | undefined => {
    const target = targetOf(reference, claim, index);
    return target && types.includes(target.resourceType) ? (target as T) : undefined;
  };
  const kind = gaps.need(kindOfClaim(claim), 'Claim.type', 'An 837 is professional, institutional or dental: this type of claim is sent otherwise');
  const patient = gaps.need(find<Patient>(claim.patient.reference, 'Patient'), 'Claim.patient', 'The patient is not known: store it, or give it inline');
  const billing = gaps.need(find<Provider>(claim.provider.reference, 'Organization', 'Practitioner'), 'Claim.provider', 'The billing provider is not known as an Organization or a Practitioner: store it, or give it inline');
  const rows = claim.insurance.map((insurance, position) => rowOf(insurance, position)).filter((row) => row !== undefined).sort((a, b) => a.insurance.sequence - b.insurance.sequence);
  const focal = rows.filter(({ insurance }) => insurance.focal);
  if (focal.length !== 1) gaps.need(undefined, 'Claim.insurance', 'Exactly one row of insurance must be focal: the payer that the claim goes to');
  const [destination] = focal;
  if (!kind || !patient || !billing || !destination) return undefined;
  return { claim, kind, index, patient, billing, focal: destination, others: rows.filter((row) => row !== destination), members: members() };

  function rowOf(insurance: ClaimInsurance, position: number): PayerRow | undefined {
    const expression = `Claim.insurance[${position}]`;
    const coverage = gaps.need(find<Coverage>(insurance.coverage.reference, 'Coverage'), `${expression}.coverage`, 'The coverage is not known: store it, or give it inline');
    if (!coverage) return undefined;
    const isSelf = isOwn(coverage, patient);
    const payer = gaps.need(find<Organization>(coverage.payor[0]?.reference, 'Organization'), `${expression}.coverage`, 'The payer of this coverage is not known as an Organization: name it in Coverage.payor');
    const subscriber = gaps.need(isSelf ? patient : find<Person>(coverage.subscriber?.reference, 'Patient', 'RelatedPerson'), `${expression}.coverage`, 'The subscriber of this coverage is not known: name it in Coverage.subscriber');
    const decision = find<ClaimResponse | ExplanationOfBenefit>(insurance.claimResponse?.reference, 'ClaimResponse', 'ExplanationOfBenefit');
    if (insurance.claimResponse) gaps.need(decision, `${expression}.claimResponse`, 'The decision is not known: store it, contain it, or give it inline');
    if (!payer || !subscriber) return undefined;
    return { expression, insurance, coverage, payer, subscriber, isSelf, kind: payerKindOf(coverage), decision, adjudication: decision && readAdjudication(decision).adjudication };
  }

  function members(): Member[] {
    const ofTeam = (claim.careTeam ?? []).flatMap(({ provider, role, sequence }, position): Member[] => {
      const code = role?.coding?.map((coding) => toX12(CARE_TEAM, coding.code)).find((one) => one !== undefined);
      const expression = `Claim.careTeam[${position}].provider`;
      const found = code === undefined ? undefined : gaps.need(find<Provider>(provider.reference, 'Organization', 'Practitioner'), expression, 'This provider is not known as a Practitioner or an Organization: store it, or give it inline');
      return code !== undefined && found ? [{ entity: code, sequence, provider: found, expression }] : [];
    });
    const place = find(claim.facility?.reference, 'Location', 'Organization');
    return place ? [...ofTeam, { entity: FACILITY, sequence: undefined, provider: asPlace(place), expression: 'Claim.facility' }] : ofTeam;
  }
}

function asPlace(place: FhirResource): Organization | PlaceOfService {
  if (place.resourceType !== 'Location') return place as Organization;
  const { name, identifier, address } = place;
  return { resourceType: 'Location', ...(name === undefined ? {} : { name }), ...(identifier ? { identifier } : {}), ...(address ? { address: [address] } : {}) };
}

/** The patient holds the plan: as the relationship says, or as the subscriber is the patient. */
function isOwn({ relationship, subscriber, beneficiary }: Coverage, patient: Patient | undefined): boolean {
  const reference = relative(subscriber?.reference);
  if (reference !== undefined) return reference === relative(beneficiary.reference) || reference === `Patient/${patient?.id ?? ''}`;
  return relationship?.coding?.some(({ code }) => code === 'self' || code === '18') ?? false;
}
