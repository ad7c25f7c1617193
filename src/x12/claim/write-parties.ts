/** NM1 and what follows it: people, providers, payers (loops 1000, 2010, 2310, 2330, 2420). */
import type { Address, ContactPoint, HumanName, Identifier, Organization } from 'fhir/r4.js';
import { SYSTEM } from '../../claims/codes.js';
import { relative } from '../../claims/read-header.js';
import type { Segment } from '../segment.js';
import { CONTACTS, GENDERS, PROVIDER_NUMBERS, PROVIDER_ROLES, SYSTEMS, toX12 } from './codes.js';
import type { Gaps, Member, PayerRow, Person, PlaceOfService, Provider } from './facts.js';
import { day, plain, segment } from './segments.js';

type AnyProvider = Provider | PlaceOfService;

/** NM1 of a provider: NPI, where it has one (NM108 XX). */
export function providerName(entity: string, provider: AnyProvider): Segment {
  const npi = npiOf(provider);
  const id = npi === undefined ? [] : ['XX', npi];
  if (provider.resourceType !== 'Practitioner') return segment('NM1', entity, '2', plain(provider.name), '', '', '', '', ...id);
  const [last, first, middle, suffix] = nameParts(provider.name);
  return segment('NM1', entity, '1', last, first, middle, '', suffix, ...id);
}

/** N3 and N4; none without a street or a place. */
export function address(addresses: readonly Address[] | undefined, use: 'service' | 'pay-to' = 'service'): Segment[] {
  const found = addresses?.find((one) => (one.type === 'postal') === (use === 'pay-to')) ?? (use === 'service' ? addresses?.[0] : undefined);
  if (!found) return [];
  const lines = (found.line ?? []).map(plain).filter((line) => line !== '');
  const [street, ...more] = lines;
  const country = found.country && !/^USA?$/i.test(found.country) ? plain(found.country) : '';
  return [
    ...(street === undefined ? [] : [segment('N3', street, more.join(' '))]),
    ...(found.city === undefined ? [] : [segment('N4', plain(found.city), plain(found.state), found.postalCode?.replace(/[^A-Za-z0-9]/g, ''), country)]),
  ];
}

/** REF of a provider: its tax id, and what this payer, or nobody in particular, calls it. */
export function providerNumbers({ identifier = [] }: AnyProvider, payer: Organization | undefined, allowed: readonly string[]): Segment[] {
  return identifier.flatMap((one): Segment[] => {
    const code = numberCode(one);
    const assigner = relative(one.assigner?.reference);
    const isTheirs = assigner === undefined || assigner === `Organization/${payer?.id ?? ''}`;
    return code !== undefined && one.value !== undefined && isTheirs && allowed.includes(code) ? [segment('REF', code, code === 'EI' || code === 'SY' ? one.value.replaceAll('-', '') : one.value)] : [];
  });
}

/** What one payer calls a provider (REF*G2): a number with that payer as its assigner. */
export const numbersAt = ({ identifier = [] }: AnyProvider, payer: Organization): Segment[] =>
  identifier.flatMap(({ value, assigner }) => (value !== undefined && relative(assigner?.reference) === `Organization/${payer.id ?? ''}` ? [segment('REF', 'G2', value)] : []));

function numberCode({ type, system }: Identifier): string | undefined {
  const byType = type?.coding?.map(({ code }) => toX12(PROVIDER_NUMBERS, code)).find((code) => code !== undefined);
  return byType ?? (system === SYSTEMS.employerId ? 'EI' : undefined);
}

/** PRV: the taxonomy of a provider. */
export function taxonomy(role: string, provider: AnyProvider): Segment[] {
  const concepts = provider.resourceType === 'Practitioner' ? (provider.qualification ?? []).map(({ code }) => code) : provider.resourceType === 'Organization' ? (provider.type ?? []) : [];
  const code = concepts.flatMap(({ coding = [] }) => coding).find(({ system }) => system === SYSTEMS.taxonomy)?.code;
  return code === undefined ? [] : [segment('PRV', role, 'PXC', code)];
}

/** PER*IC of the submitter (1000A): the provider's own numbers. */
export const contact = (provider: Provider): Segment[] => {
  const own = contactSegment('', provider.telecom);
  return own.length > 0 ? own : billingContact(provider);
};

/** PER*IC of the billing provider (2010AA): somebody else than the submitter's contact, by name. */
export function billingContact(provider: Provider): Segment[] {
  const named = provider.resourceType === 'Organization' ? provider.contact?.find(({ telecom, name }) => telecom && name) : undefined;
  return contactSegment(plain(named?.name?.text ?? [...(named?.name?.given ?? []), named?.name?.family ?? ''].join(' ')), named?.telecom);
}

/** None where there is no telephone, fax or e-mail. */
function contactSegment(name: string, telecom: readonly ContactPoint[] | undefined): Segment[] {
  const points = (telecom ?? []).flatMap(({ system, value }) => {
    const code = toX12(CONTACTS, system);
    return code === undefined || value === undefined ? [] : [[code, code === 'EM' ? value : value.replace(/\D/g, '')]];
  });
  return points.length === 0 ? [] : [segment('PER', 'IC', name, ...points.slice(0, 3).flat())];
}

/** 2310, 2330C to G, 2420: somebody beside the billing provider. */
export const member = ({ entity, provider }: Member, payer: Organization): Segment[] => [
  providerName(entity, provider),
  ...(entity in PROVIDER_ROLES ? taxonomy(PROVIDER_ROLES[entity] ?? '', provider) : []),
  ...(entity === '77' ? address(provider.address) : []),
  ...providerNumbers(provider, payer, ['0B', '1G', 'G2', 'LU']),
];

/** NM1*IL or NM1*QC: a person; with `id` as a member of a plan. */
export function person(entity: 'IL' | 'QC', { name }: Person, id: string | undefined): Segment {
  const [last, first, middle, suffix] = nameParts(name);
  return segment('NM1', entity, '1', last, first, middle, '', suffix, ...(id === undefined ? [] : ['MI', id]));
}

export const demographics = ({ birthDate, gender }: Person): Segment[] => (day(birthDate) === '' ? [] : [segment('DMG', 'D8', day(birthDate), toX12(GENDERS, gender ?? 'unknown'))]);

/** NM1*PR with its identifier (NM108 PI). */
export const payerName = (payer: Organization): Segment => segment('NM1', 'PR', '2', plain(payer.name), '', '', '', '', 'PI', payerId(payer));

/** Kinds of identifiers by which payers are known (C4BB), the first that there is. */
const PAYER_IDENTIFIERS = ['payerid', 'naiccode'];

export function payerId({ identifier = [] }: Organization): string | undefined {
  for (const code of PAYER_IDENTIFIERS) {
    const found = identifier.find(({ type }) => type?.coding?.some((coding) => coding.code === code));
    if (found?.value !== undefined) return found.value;
  }
  return undefined;
}

export const memberId = ({ subscriberId, identifier = [] }: PayerRow['coverage']): string | undefined =>
  subscriberId ?? identifier.find(({ type }) => type?.coding?.some(({ system, code }) => system === SYSTEM.identifierType && code === 'MB'))?.value;

export const npiOf = ({ identifier = [] }: AnyProvider): string | undefined =>
  identifier.find(({ system, type }) => system === SYSTEMS.npi || type?.coding?.some(({ code }) => code === 'NPI'))?.value;

/** Employer or social security number of a billing provider, digits only. */
export const taxId = (provider: Provider): string | undefined => providerNumbers(provider, undefined, ['EI', 'SY'])[0]?.elements[2];

/** Family, first and middle names and suffix: of the official name, else the first. */
function nameParts(names: readonly HumanName[] | undefined): readonly [last: string, first: string, middle: string, suffix: string] {
  const name = names?.find(({ use }) => use === 'official') ?? names?.[0];
  const [first, ...middle] = name?.given ?? [];
  return [plain(name?.family ?? name?.text), plain(first), plain(middle.join(' ')), plain(name?.suffix?.join(' '))];
}

/** What must be known of a payer and the patient's membership of it. */
export function needPayer({ payer, coverage, expression }: PayerRow, gaps: Gaps): void {
  gaps.need(payer.name, `${expression}.coverage`, 'The payer of this coverage has no name');
  gaps.need(payerId(payer), `${expression}.coverage`, 'The payer of this coverage has no payer id: add an identifier of type payerid (C4BB) to its Organization');
  gaps.need(memberId(coverage), `${expression}.coverage`, 'The coverage has no member id: state subscriberId');
}

/** What must be known of a person. */
export function needPerson(person: Person, expression: string, who: string, gaps: Gaps): void {
  gaps.need(nameParts(person.name)[0], expression, `${who} has no family name`);
}
