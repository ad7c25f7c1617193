/** Items 14 to 33: what was done, by whom, and what it comes to. */
import type { ClaimDiagnosis, ClaimItem } from 'fhir/r4.js';
import { SYSTEM } from '../../claims/codes.js';
import { claimPaid } from '../../claims/balance.js';
import { formatCents, parseAmount, sum, type Cents } from '../../claims/money.js';
import { extensionOf, identifierOf } from '../../claims/read-header.js';
import { serviceQualifier } from '../../x12/services.js';
import { EMERGENCY, PATIENT_PAID, SYSTEMS, toX12, UNITS } from '../../x12/claim/codes.js';
import type { ClaimFacts, Gaps, Member } from '../../x12/claim/facts.js';
import { decimal } from '../../x12/claim/segments.js';
import { claimMembers, consentsOf, frequencyOf, informationCode, isCategory, payerClaimNumber, placeOf } from '../../x12/claim/write-claim.js';
import { npiOf, providerNumbers } from '../../x12/claim/write-parties.js';
import { dated, mark, parted, type Entries, type LineEntries } from './form.js';
import { ON_FILE } from './insured.js';
import { calledBy, printedAddress, telephone, worded } from './persons.js';
import type { PlaceName } from './grid.js';

/** The same on each form of a claim. */
export function claimEntries(facts: ClaimFacts, gaps: Gaps): Entries {
  const { claim, focal, billing } = facts;
  const number = gaps.need(identifierOf(claim.identifier, SYSTEM.identifierType, 'PLAC') ?? claim.identifier?.[0]?.value, 'Claim', 'The claim has no number of the provider: add an identifier of type PLAC');
  const original = frequencyOf(claim) === '1' ? {} : { '22-code': frequencyOf(claim), '22-reference': gaps.need(payerClaimNumber(facts), claim.related ? 'Claim.related' : 'Claim', 'A replacement or a void names the payer’s own number of the claim that it is for') };
  const [tax] = providerNumbers(billing, undefined, ['EI', 'SY']);
  const [, kind, taxId] = tax?.elements ?? [];
  gaps.need(taxId, 'Claim.provider', 'The billing provider has no tax id');
  const hospital = claim.supportingInfo?.find(({ category }) => isCategory(category, 'admissionperiod'));
  return {
    ...(claim.accident ? { '15-qualifier': ACCIDENT, ...dated('15', claim.accident.date) } : {}),
    ...source(facts),
    ...dated('18-from', hospital?.timingPeriod?.start ?? hospital?.timingDate), ...dated('18-to', hospital?.timingPeriod?.end),
    ...diagnosisEntries(claim.diagnosis ?? [], gaps),
    ...original,
    '23': worded(focal.insurance.preAuthRef?.[0] ?? claim.referral?.identifier?.value),
    '25': taxId, ...mark(kind === 'EI' ? '25-ein' : kind === 'SY' ? '25-ssn' : undefined),
    '26': number,
    ...mark(acceptsAssignment(facts) ? '27-yes' : '27-no'),
    '31': ON_FILE,
    ...placeEntries(facts),
    ...billingEntries(facts, gaps),
  };
}

/** Item 15: accident (X12 DTP*439). */
const ACCIDENT = '439';

/** Whom item 17 names, by NM101: referring before ordering before supervising. */
const SOURCES: readonly string[] = ['DN', 'DK', 'DQ'];

function source({ members }: ClaimFacts): Entries {
  const [found] = SOURCES.flatMap((entity) => members.find((one) => one.entity === entity) ?? []);
  return found ? { '17-qualifier': found.entity, '17': calledBy(found.provider), '17b': npiOf(found.provider) } : {};
}

const LETTERS = 'ABCDEFGHIJKL';

/** Item 21 holds twelve of one version of the ICD, without points. */
function diagnosisEntries(diagnoses: readonly ClaimDiagnosis[], gaps: Gaps): Entries {
  gaps.need(diagnoses.length > 0 ? diagnoses : undefined, 'Claim', 'The claim has no diagnosis');
  const codings = diagnoses.map(({ diagnosisCodeableConcept }, position) => gaps.need(diagnosisCodeableConcept?.coding?.find(({ code }) => code !== undefined), `Claim.diagnosis[${position}]`, 'The diagnosis has no code'));
  const versions = new Set(codings.flatMap((coding) => (coding ? [coding.system === SYSTEMS.icd9cm ? '9' : '0'] : [])));
  gaps.need(diagnoses.length <= LETTERS.length || undefined, 'Claim.diagnosis', `The form holds ${LETTERS.length} diagnoses, here are ${diagnoses.length}`);
  gaps.need(versions.size < 2 || undefined, 'Claim.diagnosis', 'The form takes diagnoses of one version of the ICD only');
  return { '21-indicator': [...versions][0], ...Object.fromEntries(codings.slice(0, LETTERS.length).map((coding, index) => [`21${LETTERS[index] ?? ''}`, coding?.code?.replace('.', '')])) };
}

/** Item 27: CLM07 as stated; else benefits go where they are assigned to. */
const acceptsAssignment = ({ claim }: ClaimFacts): boolean => (informationCode(claim, SYSTEMS.assignment) ?? (consentsOf(claim).benefits === 'N' ? 'C' : 'A')) !== 'C';

/** Item 32: where the services were given. */
function placeEntries({ members }: ClaimFacts): Entries {
  const place: Member['provider'] | undefined = members.find(({ entity }) => entity === '77')?.provider;
  const address = place && printedAddress(place.address);
  return place ? { '32-name': calledBy(place), '32-street': address?.street, '32-city': address?.place, '32a': npiOf(place) } : {};
}

function billingEntries({ billing }: ClaimFacts, gaps: Gaps): Entries {
  const address = gaps.need(printedAddress(billing.address), 'Claim.provider', 'The billing provider has no address with street and city');
  const phone = telephone(billing.telecom);
  return {
    '33-area': phone?.area, '33-phone': phone?.number,
    '33-name': gaps.need(calledBy(billing), 'Claim.provider', 'The billing provider has no name'),
    '33-street': address?.street, '33-city': address?.place, '33a': npiOf(billing),
  };
}

/** Items 28 and 29, which stand on the last form. Medicare has in 29 what the patient paid only (CMS Pub. 100-04 ch. 26 §10.4); others what the payers before paid too (NUCC). */
export function totalEntries({ claim, focal, others }: ClaimFacts, gaps: Gaps): Entries {
  const charges = (claim.item ?? []).map(({ net }) => amountOf(net));
  const total = gaps.need(amountOf(claim.total), claim.total ? 'Claim.total' : 'Claim', 'The claim needs its total, in US dollars and whole cents');
  const known = charges.filter((charge) => charge !== undefined);
  if (total !== undefined && known.length === charges.length && sum(known) !== total) gaps.need(undefined, 'Claim.total', `The total ${formatCents(total)} is not the sum of the services, ${formatCents(sum(known))}`);
  const before = others.filter(({ insurance }) => insurance.sequence < focal.insurance.sequence);
  const paid = before.map(({ adjudication, expression }) => gaps.need(adjudication && claimPaid(adjudication), expression, 'The payer comes before the destination, and what it paid is not known: wait for its decision'));
  const fromPatient = amountOf(extensionOf(claim, PATIENT_PAID)?.valueMoney);
  const stated = [...(focal.kind === 'medicare' ? [] : paid), fromPatient].filter((amount) => amount !== undefined);
  return { ...amountEntries('28', total), ...(stated.length > 0 ? amountEntries('29', sum(stated)) : {}) };
}

const amountOf = (money: { readonly value?: number; readonly currency?: string } | undefined): Cents | undefined =>
  money?.value === undefined || (money.currency ?? 'USD') !== 'USD' ? undefined : parseAmount(money.value);

function amountEntries(item: '28' | '29', amount: Cents | undefined): Entries {
  if (amount === undefined) return {};
  const [dollars, cents] = parted(amount);
  return { [`${item}-dollars`]: dollars, [`${item}-cents`]: cents } as { readonly [P in PlaceName]?: string };
}

/** Item 24. */
export function lineEntries(item: ClaimItem, index: number, facts: ClaimFacts, gaps: Gaps): LineEntries {
  const { claim } = facts;
  const at = `Claim.item[${index}]`;
  const charge = gaps.need(amountOf(item.net), item.net ? `${at}.net` : at, 'The service needs its charge (net), in US dollars and whole cents');
  gaps.need(charge === undefined || charge >= 0 || undefined, `${at}.net`, 'The form takes no negative charge');
  const code = gaps.need(item.productOrService.coding?.find((one) => one.code !== undefined && one.code !== 'not-applicable')?.code, `${at}.productOrService`, 'The service has no code');
  const start = gaps.need(wholeDay(item.servicedDate ?? item.servicedPeriod?.start ?? claim.billablePeriod?.start), at, 'The service has no date to the day');
  const end = wholeDay(item.servicedDate ?? item.servicedPeriod?.end) ?? start;
  const place = gaps.need(placeOf(item.locationCodeableConcept) ?? placeOf(claim.item?.[0]?.locationCodeableConcept), at, 'The service has no place of service');
  const [one, two, three, four, ...more] = (item.modifier ?? []).flatMap(({ coding }) => coding?.[0]?.code ?? []);
  gaps.need(more.length === 0 || undefined, `${at}.modifier`, 'The form holds four modifiers of a service');
  const [dollars, cents] = charge === undefined ? [] : parted(charge);
  return {
    supplement: supplementOf(item),
    ...daysOf('from', start), ...daysOf('to', end),
    place, emergency: isEmergency(item) ? 'Y' : undefined,
    procedure: code, modifier1: one, modifier2: two, modifier3: three, modifier4: four,
    pointer: pointers(item, facts, at, gaps),
    dollars, cents,
    units: item.quantity?.value === undefined ? '1' : decimal(item.quantity.value),
    rendering: npiOf(renderedBy(item, facts) ?? { resourceType: 'Organization' }),
  };
}

const wholeDay = (date: string | undefined): string | undefined => (date !== undefined && /^\d{4}-\d{2}-\d{2}/.test(date) ? date.slice(0, 10) : undefined);

/** 24A has two figures for the year. */
function daysOf(which: 'from' | 'to', date: string | undefined): LineEntries {
  const [year = '', month = '', day = ''] = date?.split('-') ?? [];
  return date === undefined ? {} : which === 'from' ? { 'from-month': month, 'from-day': day, 'from-year': year.slice(2) } : { 'to-month': month, 'to-day': day, 'to-year': year.slice(2) };
}

const isEmergency = ({ programCode = [] }: ClaimItem): boolean => programCode.some(({ coding = [] }) => coding.some(({ code }) => code === EMERGENCY.code));

/** Letters of the diagnoses that the service is for, at most four. */
function pointers({ diagnosisSequence = [] }: ClaimItem, { claim }: ClaimFacts, at: string, gaps: Gaps): string {
  const letters = diagnosisSequence.map((sequence) => {
    const position = (claim.diagnosis ?? []).findIndex((one) => one.sequence === sequence);
    return gaps.need(position < 0 ? undefined : LETTERS[position], `${at}.diagnosisSequence`, 'The service names a diagnosis that the claim does not have');
  });
  const first = (claim.diagnosis ?? []).length === 1 ? LETTERS[0] : undefined;
  return gaps.need(letters.join('') || first, at, 'The service names no diagnosis') ?? '';
}

/** The shaded half: a drug by its NDC, with its unit and quantity (NUCC 1500 manual, supplemental information). */
function supplementOf({ detail = [] }: ClaimItem): string | undefined {
  const [drug] = detail.flatMap(({ productOrService, quantity }) => {
    const ndc = productOrService.coding?.find(({ system }) => serviceQualifier(system) === 'N4')?.code;
    if (ndc === undefined) return [];
    return [`N4${ndc.replaceAll('-', '')}${quantity?.value === undefined ? '' : `   ${toX12(UNITS, quantity.code ?? quantity.unit) ?? 'UN'}${decimal(quantity.value)}`}`];
  });
  return drug;
}

/** Who rendered the service: whom the line names, else whom the claim does. */
function renderedBy({ careTeamSequence = [] }: ClaimItem, facts: ClaimFacts): Member['provider'] | undefined {
  const own = facts.members.find(({ entity, sequence }) => entity === '82' && sequence !== undefined && careTeamSequence.includes(sequence));
  return (own ?? claimMembers(facts).find(({ entity }) => entity === '82'))?.provider;
}
