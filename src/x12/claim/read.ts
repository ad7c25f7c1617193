/** Claims of an 837 as FHIR: Claim, Coverage, Patient, RelatedPerson, Organization, Practitioner, Location. */
import type { Claim, ClaimCareTeam, ClaimInsurance, ClaimItem, ClaimResponse, FhirResource } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { concept, SYSTEM } from '../../claims/codes.js';
import { toMoney, type Cents } from '../../claims/money.js';
import { listed } from '../../claims/write-common.js';
import type { TransactionSet } from '../envelope.js';
import { componentsOf, type Segment } from '../segment.js';
import { readDay } from '../values.js';
import { amountOf, billedOf, textIn, type Billed } from './billed.js';
import { CARE_TEAM, FACILITY, MSP_VALUE_CODES, SYSTEMS, toFhir } from './codes.js';
import type { Provider } from './facts.js';
import { segmentsNotKept } from './kept.js';
import { kindOfFile, type KindOf837 } from './kinds.js';
import { claimsIn, entity, entityOf, loopsOf, own, segmentsOf, type ClaimLoops, type Loop } from './loops.js';
import { readClaimParts } from './read-claim.js';
import { readCoverage, referenceOf } from './read-coverage.js';
import { readDecision, remaining } from './read-decisions.js';
import { readItem } from './read-lines.js';
import { numbers, readAddress, readFacility, readPatient, readPayer, readProvider, readRelatedPerson, type MakeId } from './read-parties.js';
import { brokenRules, RESPONSIBILITIES, type BrokenRule } from './rules.js';
import { tidy, together } from '../tidy.js';

export interface ReadClaim {
  readonly claim: Claim;
  /** What the claim refers to, each once. */
  readonly resources: readonly FhirResource[];
  readonly broken: readonly BrokenRule[];
  /** Kinds of segments that are in none of them: see `segmentsNotKept`. */
  readonly notKept: readonly string[];
}

/**
 * Every claim of a transaction set. What earlier payers decided is contained in the claim.
 * @param digest of a text; ids follow from it
 * @throws {X12Error} no 837, a loop out of its place, an amount that is none
 */
export function readClaims(set: TransactionSet, digest: (text: string) => string): ReadClaim[] {
  const makeId: MakeId = (...cause) => digest(JSON.stringify(['837', ...cause])).slice(0, 32);
  return [...claimsIn(withSeparator(set))].map((loops) => new ClaimReading(loops, makeId).read());
}

/** One payer as the file has it: 2000B, or 2320 with its 2330s. */
interface PayerLoops {
  readonly loop: Loop;
  readonly sbr: Segment | undefined;
  readonly isFocal: boolean;
}

/** Some senders separate components by another character than ISA16 says: what stands in CLM05 twice is it. */
function withSeparator(set: TransactionSet): TransactionSet {
  const facility = set.segments.find(({ elements }) => elements[0] === 'CLM')?.elements[5] ?? '';
  const used = /^[A-Z\d]{0,2}([^A-Z\d\s])[A-Z\d]{0,2}\1[A-Z\d]$/.exec(facility)?.[1];
  return used === undefined || used === set.delimiters.component ? set : { ...set, delimiters: { ...set.delimiters, component: used } };
}

class ClaimReading {
  readonly #loops: ClaimLoops;
  readonly #makeId: MakeId;
  readonly #resources = new Map<string, FhirResource>();
  readonly #billed: Billed;
  readonly #kind: KindOf837;
  readonly #payers: readonly PayerLoops[];

  constructor(loops: ClaimLoops, makeId: MakeId) {
    this.#loops = loops;
    this.#makeId = makeId;
    this.#billed = billedOf(loops);
    this.#kind = kindOfFile(loops.set.group.version, new Set([...segmentsOf(loops.claim)].map(({ elements }) => elements[0] ?? '')));
    const focal: PayerLoops = { loop: loops.subscriber, sbr: own(loops.subscriber, 'SBR')[0], isFocal: true };
    this.#payers = [focal, ...loopsOf(loops.claim, '2320').map((loop): PayerLoops => ({ loop, sbr: loop.segments[0], isFocal: false }))].sort((a, b) => placeOf(a) - placeOf(b));
  }

  read(): ReadClaim {
    const { set, claim: loop } = this.#loops;
    const { delimiters } = set;
    const destination = this.#keepNamed(readPayer(entity(this.#loops.subscriber, 'PR') ?? EMPTY, this.#makeId));
    const provider = this.#provider(destination);
    const patient = this.#patient();
    const type = concept({ system: SYSTEMS.claimType, code: this.#kind.kind });
    const parts = readClaimParts(loop, this.#kind, delimiters);
    const { items, careTeam } = this.#services(destination);
    const facility = entity(loop, FACILITY);
    const decided = { billed: this.#billed, claim: loop, items, delimiters, type, provider: referenceOf(provider), patient, fileDate: this.#created() };
    const rows = this.#payers.map((payer, index) => this.#row(payer, index, patient, decided));
    const claim: Claim = {
      resourceType: 'Claim',
      id: this.#makeId('Claim', ...[this.#loops.billing.segments, this.#loops.subscriber.segments].flatMap((segments) => segments.slice(1).map(({ elements }) => elements.join('*'))), destination ?? '', patient, [...segmentsOf(loop)].map(({ elements }) => elements.join('*')).join('~')),
      ...listed('contained', rows.flatMap(({ decision }) => decision ?? [])),
      ...parts,
      identifier: [{ type: concept({ system: SYSTEM.identifierType, code: 'PLAC' }), value: this.#billed.number }],
      status: 'active', type, use: 'claim',
      patient: { reference: patient },
      ...billablePeriod(parts.billablePeriod, items),
      created: this.#created(),
      insurer: referenceOf(destination),
      provider: referenceOf(provider),
      priority: concept({ system: SYSTEMS.processPriority, code: 'normal' }),
      ...listed('careTeam', careTeam),
      ...(facility ? { facility: { reference: this.#keep(readFacility(facility, this.#makeId)) } } : {}),
      insurance: rows.map(({ insurance }) => insurance),
      ...listed('item', items),
      total: toMoney(this.#billed.charge),
    };
    return { claim: tidy(claim), resources: [...this.#resources.values()].map(tidy), broken: brokenRules(this.#billed), notKept: segmentsNotKept(this.#loops) };
  }

  /** One resource for all that the claim says of somebody in several places: the billing provider may be the rendering one. */
  #keep(resource: FhirResource): string {
    const reference = `${resource.resourceType}/${resource.id ?? ''}`;
    const known = this.#resources.get(reference);
    this.#resources.set(reference, known ? together(known, resource) : resource);
    return reference;
  }

  /** Undefined where the claim neither names nor numbers somebody (R4 org-1). */
  #keepNamed(resource: Provider): string | undefined {
    return resource.name === undefined && resource.identifier === undefined ? undefined : this.#keep(resource);
  }

  /** 2010AA, with the pay-to address (2010AB) and the number that the destination gave it (2010BB REF*G2). */
  #provider(destination: string | undefined): string | undefined {
    const { billing, subscriber } = this.#loops;
    const loop = entity(billing, '85') ?? entity(billing, '87') ?? EMPTY;
    const provider = readProvider({ ...loop, segments: [...own(billing, 'PRV'), ...loop.segments] }, this.#makeId, destination);
    const payTo = entity(billing, '87');
    const theirs = numbers(own(entity(subscriber, 'PR') ?? EMPTY, 'REF', 'G2'), destination);
    return this.#keepNamed({ ...provider, ...listed('identifier', [...(provider.identifier ?? []), ...theirs]), ...listed('address', [...(provider.address ?? []), ...(payTo ? readAddress(payTo, 'postal') : [])]) } as Provider);
  }

  /** Who the patient is follows from name, birth date and the membership of the first payer, so that the claims to all payers name one patient. */
  #patient(): string {
    const { subscriber, patient } = this.#loops;
    const loop = patient ? entity(patient, 'QC') : entity(subscriber, 'IL');
    const [first] = this.#payers;
    const nm1 = loop?.segments[0];
    const member = first && entity(first.loop, 'IL')?.segments[0];
    const id = this.#makeId('Patient', textIn(first && entity(first.loop, 'PR')?.segments[0], 9), textIn(member, 9), textIn(nm1, 3), textIn(nm1, 4), textIn(loop && own(loop, 'DMG')[0], 2));
    return this.#keep(readPatient(loop, id));
  }

  /** BHT04, else GS04. */
  #created(): string {
    const { set } = this.#loops;
    const bht = set.segments.find(({ elements }) => elements[0] === 'BHT');
    return readDay(textIn(bht, 4)) ?? readDay(set.group.date) ?? '1970-01-01';
  }

  /** Coverage, payer and subscriber of one payer, its row, and its decision. */
  #row(payer: PayerLoops, index: number, patient: string, decided: Parameters<typeof readDecision>[3]): { readonly insurance: ClaimInsurance; readonly decision: ClaimResponse | undefined } {
    const { loop, sbr, isFocal } = payer;
    const named = entity(loop, 'PR');
    const insurer = named && this.#keepNamed(readPayer(named, this.#makeId));
    const relationship = (isFocal && this.#loops.patient ? textIn(own(this.#loops.patient, 'PAT')[0], 1) : textIn(sbr, 2)) || (isFocal && !this.#loops.patient ? '18' : '');
    const member = entity(loop, 'IL');
    const subscriber = relationship === '18' ? patient : this.#keep(readRelatedPerson(member, patient, this.#makeId));
    const memberId = textIn(member?.segments[0], 9);
    const coverage = readCoverage({ sbr, memberId, relationship, insurer, patient, subscriber }, this.#makeId);
    const reference = this.#keep(coverage);
    const billed = isFocal ? undefined : this.#billed.others[loopsOf(this.#loops.claim, '2320').indexOf(loop)];
    const decision = billed && readDecision(loop, billed, { id: `decision-${index + 1}`, insurer, coverage: reference }, decided);
    return { decision, insurance: this.#insurance(payer, index, reference, decision, isFocal ? amountOf(this.#loops.claim, 'F3') : billed?.remaining) };
  }

  #insurance({ loop, sbr, isFocal }: PayerLoops, index: number, coverage: string, decision: ClaimResponse | undefined, owed: Cents | undefined): ClaimInsurance {
    const authorisation = textIn(own(isFocal ? this.#loops.claim : (entity(loop, 'PR') ?? EMPTY), 'REF', 'G1')[0], 2);
    const msp = textIn(sbr, 5);
    const place = RESPONSIBILITIES.indexOf(textIn(sbr, 1));
    return {
      ...listed('extension', [...(MSP_VALUE_CODES.has(msp) ? [{ url: structureDefinition('msp-insurance-type'), valueCode: msp }] : []), ...remaining(owed)]),
      sequence: place < 0 ? index + 1 : place + 1,
      focal: isFocal,
      coverage: { reference: coverage },
      ...(authorisation === '' ? {} : { preAuthRef: [authorisation] }),
      ...(decision ? { claimResponse: { reference: `#${decision.id ?? ''}` } } : {}),
    };
  }

  /** Lines, and those who gave care: of the claim, then of single lines. */
  #services(payer: string | undefined): { readonly items: ClaimItem[]; readonly careTeam: ClaimCareTeam[] } {
    const { claim, set } = this.#loops;
    const lines = loopsOf(claim, '2400');
    const careTeam: ClaimCareTeam[] = [];
    const join = (loop: Loop): number[] => {
      const role = toFhir(CARE_TEAM, entityOf(loop));
      if (role === undefined) return [];
      const reference = this.#keepNamed(readProvider(loop, this.#makeId, payer));
      if (reference === undefined) return [];
      const known = careTeam.find((one) => one.provider.reference === reference && one.role?.coding?.[0]?.code === role);
      if (known) return [known.sequence];
      careTeam.push({ sequence: careTeam.length + 1, provider: { reference }, role: concept({ system: SYSTEMS.careTeamRole, code: role }) });
      return [careTeam.length];
    };
    const ofClaim = loopsOf(claim, '2310').flatMap((loop) => join(loop).map((sequence) => ({ sequence, entity: entityOf(loop) })));
    const place = this.#kind.kind === 'institutional' ? undefined : (componentsOf(claim.segments[0] as Segment, 5, set.delimiters)[0]?.trim() || undefined);
    const sequences = sequencesOf(lines);
    const items = lines.map((line, index) => {
      const named = loopsOf(line, '2420').flatMap((loop) => join(loop).map((sequence) => ({ sequence, entity: entityOf(loop) })));
      const team = [...ofClaim.filter((one) => !named.some((other) => other.entity === one.entity)), ...named].map(({ sequence }) => sequence);
      return { ...readItem(line, sequences[index] ?? index + 1, set.delimiters, place), ...listed('careTeamSequence', team) };
    });
    return { items, careTeam };
  }
}

const EMPTY: Loop = { name: 'ST', segments: [], loops: [] };

/** SBR01 in order; unknown ones last. */
const placeOf = ({ sbr }: PayerLoops): number => {
  const place = RESPONSIBILITIES.indexOf(textIn(sbr, 1));
  return place < 0 ? RESPONSIBILITIES.length : place;
};

/** REF*6R where every line has a number of its own, else LX by order. */
function sequencesOf(lines: readonly Loop[]): number[] {
  const numbered = lines.map((line) => textIn(own(line, 'REF', '6R')[0], 2));
  const isWhole = numbered.every((number) => /^[1-9]\d{0,8}$/.test(number)) && new Set(numbered).size === numbered.length;
  return lines.map((_line, index) => (isWhole ? Number(numbered[index]) : index + 1));
}

function billablePeriod(stated: Claim['billablePeriod'], items: readonly ClaimItem[]): Pick<Claim, 'billablePeriod'> {
  const days = items.flatMap(({ servicedDate, servicedPeriod }) => [servicedDate ?? servicedPeriod?.start ?? [], servicedDate ?? servicedPeriod?.end ?? []].flat()).sort();
  const [start] = days;
  return stated ? { billablePeriod: stated } : start === undefined ? {} : { billablePeriod: { start, end: days.at(-1) ?? start } };
}
