import type { BundleEntry, Claim, ClaimItem, Coverage, ExplanationOfBenefit, FhirResource, Patient } from 'fhir/r4.js';
import { explanationOfBenefit } from './fixtures.js';
import { transact } from './process.js';

/** A patient with a coverage, four claims, and what the payer decided on each: ten resources of about 3 KB. */
export const RESOURCES = 10;
const CLAIMS = 4;
const DAY = 86_400_000;
const FIRST_DAY = Date.parse('2022-01-01');
/** Claims are spread over so many days: a page of a day is full from 5,000 resources on. */
const DAYS = 200;

export const IDENTIFIERS = 'https://clinic.example/bench/mrn';
export const familyOf = (n: number): string => `Bench${n}`;
export const birthDateOf = (n: number): string => dayOf(n * 7, Date.parse('1940-01-01'));
export const serviceDateOf = (n: number): string => dayOf(n % DAYS, FIRST_DAY);
const dayOf = (days: number, first: number): string => new Date(first + (days % 20_000) * DAY).toISOString().slice(0, 10);

const urn = (n: number, of: number): string => `urn:uuid:00000000-0000-4000-8000-${(n * RESOURCES + of).toString(16).padStart(12, '0')}`;
const created = (n: number, of: number, resource: FhirResource): BundleEntry => ({ fullUrl: urn(n, of), resource, request: { method: 'POST', url: resource.resourceType } });

/** The entries of a transaction that makes the household number `n`; they refer to one another by `urn:uuid`. */
export function household(n: number): BundleEntry[] {
  const patient: Patient = { resourceType: 'Patient', identifier: [{ system: IDENTIFIERS, value: String(n) }], name: [{ family: familyOf(n), given: ['Ada', `G${n % 100}`] }], gender: n % 2 ? 'male' : 'female', birthDate: birthDateOf(n) };
  const coverage: Coverage = { resourceType: 'Coverage', status: 'active', subscriberId: `S${n}`, beneficiary: { reference: urn(n, 0) }, payor: [{ display: 'Bench Health' }], order: 1 };
  return [created(n, 0, patient), created(n, 1, coverage), ...Array.from({ length: CLAIMS }, (_, index) => claimed(n, index)).flat()];
}

function claimed(n: number, index: number): BundleEntry[] {
  const decision = decided(n, index);
  return [created(n, 2 + index, claimOf(n, decision)), created(n, 2 + CLAIMS + index, decision)];
}

const decided = (n: number, index: number): ExplanationOfBenefit => ({
  ...explanationOfBenefit(n),
  identifier: [{ system: 'https://payers.example/bench/claim', value: `ICN-${n}-${index}` }],
  patient: { reference: urn(n, 0) },
  created: serviceDateOf(n * CLAIMS + index),
  claim: { reference: urn(n, 2 + index) },
  insurance: [{ focal: true, coverage: { reference: urn(n, 1) } }],
});

const claimOf = (n: number, { type, use, created: day, item = [], total }: ExplanationOfBenefit): Claim => ({
  resourceType: 'Claim',
  status: 'active',
  type,
  use,
  patient: { reference: urn(n, 0) },
  created: day,
  provider: { display: 'Bench Clinic' },
  priority: { text: 'normal' },
  insurance: [{ sequence: 1, focal: true, coverage: { reference: urn(n, 1) } }],
  item: item.map(({ sequence, productOrService, servicedDate, quantity, net }): ClaimItem => ({ sequence, productOrService, ...(servicedDate ? { servicedDate } : {}), ...(quantity ? { quantity } : {}), ...(net ? { net } : {}) })),
  ...(total?.[0] ? { total: total[0].amount } : {}),
});

/** The text of a transaction that makes households from number `first` on, `resources` resources in all. */
export const bundleOf = (first: number, resources: number): string =>
  JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: Array.from({ length: resources / RESOURCES }, (_, n) => household(first + n)).flat() });

/** Imports households until there are `to` of them; tells the ids of their patients. */
export async function importHouseholds(base: string, from: number, to: number): Promise<string[]> {
  const patients: string[] = [];
  for (let first = from; first < to; first += 100) {
    const resources = Math.min(100, to - first) * RESOURCES;
    const { entry } = await transact(base, bundleOf(first, resources));
    patients.push(...entry.flatMap(({ response }) => (response.location.includes('/Patient/') ? [response.location.split('/').at(-3) ?? ''] : [])));
  }
  return patients;
}
