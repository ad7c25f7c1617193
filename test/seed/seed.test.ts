import { readFileSync } from 'node:fs';
import type { ClaimResponse, ExplanationOfBenefit } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareValidation, validateResource } from '../../src/fhir/validation/index.js';
import { inProject } from '../../src/root.js';
import { brokenInvariants, constraintsOf } from '../profiles/constraints.js';
import { bundles, ofType, resources, scenarios } from './seed.js';

describe.each(bundles)('%s', (file, bundle) => {
  beforeAll(prepareValidation);

  it('is a valid transaction of PUTs under fixed ids, its amounts written to the cent', () => {
    expect(validateResource(bundle)).toEqual([]);
    expect(bundle.type).toBe('transaction');
    const text = readFileSync(inProject('seed', file), 'utf8');
    expect(text.match(/"value": -?\d+\.\d\d, "currency": "USD"/g)?.length ?? 0).toBe(text.match(/"currency"/g)?.length ?? 0);
    for (const { resource, request } of bundle.entry ?? []) expect(request).toEqual({ method: 'PUT', url: `${resource?.resourceType}/${resource?.id}` });
  });
});

describe('the seed as a whole', () => {
  const identities = resources.map(({ resourceType, id }) => `${resourceType}/${id}`);

  it('gives each resource an id of its own', () => expect(identities.filter((identity, i) => identities.indexOf(identity) !== i)).toEqual([]));

  it('gives each claim a number of its own, of at most 20 characters (X12 CLM01)', () => {
    const numbers = ofType('Claim').map(({ identifier }) => identifier?.[0]?.value ?? '');
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => !/^[A-Z0-9]{1,20}$/.test(number))).toEqual([]);
  });

  it('refers to nothing that is not in it, and to nothing that is loaded later', () => {
    const loaded = new Set<string>();
    for (const [file, { entry = [] }] of bundles) {
      for (const { resource } of entry) loaded.add(`${resource?.resourceType}/${resource?.id}`);
      expect(referencesIn(entry).filter((reference) => !loaded.has(reference)).map((reference) => `${file} ${reference}`)).toEqual([]);
    }
  });

  it('names its own systems in the reserved domain, and fictional telephone numbers', () => {
    const text = JSON.stringify(resources);
    const systems = [...text.matchAll(/"system":"(https?:\/\/[^/"]+)/g)].map((match) => match[1] ?? '');
    const published = /^https?:\/\/(terminology\.hl7\.org|hl7\.org|www\.ama-assn\.org|www\.ada\.org|www\.cms\.gov|x12\.org|codesystem\.x12\.org|nahdo\.org|nucc\.org)$/;
    expect([...new Set(systems)].filter((system) => !published.test(system) && !system.endsWith('.example'))).toEqual([]);
    expect([...text.matchAll(/"system":"phone","value":"([^"]+)"/g)].map((match) => match[1]).filter((number) => !/^\d{3}-555-01\d\d$/.test(number ?? ''))).toEqual([]);
    expect(text).not.toMatch(/"display"/);
  });

  it('has a row in its README for each patient', () => expect(scenarios.map(({ file }) => `${file}.json`)).toEqual(bundles.slice(1).map(([file]) => file)));
});

describe('its profiles', () => {
  const claimed = resources.flatMap((resource) => (resource.meta?.profile ?? []).map((profile) => [`${resource.resourceType}/${resource.id}`, profile.split('/').at(-1) ?? '', profile, resource] as const));

  it('are named by every coverage, claim and decision', () => {
    const named = ['Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit'] as const;
    expect(claimed).toHaveLength(named.flatMap((type) => ofType(type) as unknown[]).length);
  });

  it.each(claimed)('%s keeps every invariant of %s', (_name, _id, profile, resource) => {
    expect(constraintsOf(profile).length).toBeGreaterThan(2);
    expect(brokenInvariants(resource)).toEqual([]);
  });
});

describe('every decision balances', () => {
  type Row = NonNullable<ClaimResponse['adjudication']>[number];
  const cents = (value: number | undefined): number => Math.round((value ?? 0) * 100);
  const sum = (rows: readonly Row[]): number => rows.reduce((total, row) => total + cents(row.amount?.value), 0);
  const isAdjustment = ({ category }: Row): boolean => category.coding?.some(({ system }) => system === 'https://x12.org/codes/claim-adjustment-group-codes') ?? false;
  const of = (rows: readonly Row[] | undefined, ...codes: string[]): number => sum((rows ?? []).filter(({ category }) => category.coding?.some(({ code = '' }) => codes.includes(code))));
  const paid = (rows: readonly Row[] | undefined): number => of(rows, 'benefit', 'paidtoprovider');
  const decisions: (ClaimResponse | ExplanationOfBenefit)[] = [...ofType('ClaimResponse').filter(({ outcome }) => outcome === 'complete'), ...ofType('ExplanationOfBenefit')];

  it.each(decisions.map((decision) => [`${decision.resourceType}/${decision.id}`, decision] as const))('%s', (_name, decision) => {
    const lines = (decision.item ?? []).map(({ adjudication = [] }) => adjudication);
    for (const line of lines) expect(of(line, 'submitted') - sum(line.filter(isAdjustment))).toBe(paid(line));
    expect(lines.reduce((total, line) => total + of(line, 'submitted'), 0)).toBe(of(decision.total, 'submitted'));
    expect(lines.reduce((total, line) => total + paid(line), 0)).toBe(paid(decision.total));
    expect(cents(decision.payment?.amount?.value)).toBe(paid(decision.total));
  });

  it.each(decisions.map((decision) => [`${decision.resourceType}/${decision.id}`, decision] as const))('%s answers the lines and the charges of its claim', (_name, decision) => {
    const reference = decision.resourceType === 'ClaimResponse' ? decision.request?.reference : decision.claim?.reference;
    const claim = ofType('Claim').find(({ id }) => reference === `Claim/${id}`);
    const sign = Math.sign(cents(decision.total?.[0]?.amount.value));
    const answered = (decision.item ?? []).map((item) => ['itemSequence' in item ? item.itemSequence : (item as { sequence: number }).sequence, sign * of(item.adjudication, 'submitted')]);
    expect(answered).toEqual(claim?.item?.map(({ sequence, net }) => [sequence, cents(net?.value)]));
    expect(claim?.patient.reference).toBe(decision.patient.reference);
    expect(claim?.insurer?.reference).toBe(decision.insurer.reference);
  });
});

describe('what the clinic must show is there', () => {
  const kinds = (family: string): (string | undefined)[] =>
    ofType('Coverage').filter(({ id }) => id?.startsWith(`cov-${family}-`)).map(({ extension = [] }) => extension.find(({ url }) => url.endsWith('/payer-kind'))?.valueCode);

  it.each([
    ['commercial and Medicaid', 'ashdown', ['group-health', 'medicaid']],
    ['Medicare and Medigap', 'birchall', ['medicare', 'medigap']],
    ['a working person with Medicare', 'calloway', ['group-health', 'medicare']],
    ['a plan and Medicare by renal disease', 'dunmore', ['group-health', 'medicare']],
    ["workers' compensation", 'ibbotson', ['workers-comp', 'group-health']],
    ['a QMB', 'kestrel', ['medicare', 'medicaid']],
    ['three payers', 'lindqvist', ['group-health', 'medicare', 'group-health']],
    ['one payer', 'moresby', ['individual']],
  ])('%s', (_name, family, expected) => expect(kinds(family)).toEqual(expected));

  it('decisions of both types, queued and reversed ones among them', () => {
    expect(ofType('ExplanationOfBenefit').length).toBeGreaterThan(2);
    expect(ofType('ClaimResponse').map(({ outcome }) => outcome)).toContain('queued');
    expect(ofType('ClaimResponse').flatMap(({ extension = [] }) => extension.map(({ valueCode }) => valueCode))).toEqual(expect.arrayContaining(['1', '2', '19', '22']));
  });

  it('every reason that a clinic meets in an ordinary month', () => {
    const met = ['derived', 'primary-pending', 'crossed-over', 'order-undetermined', 'no-next-coverage', 'nothing-left', 'filing-limit-passed', 'payer-paper-only'];
    expect(new Set(scenarios.map(({ reason }) => reason))).toEqual(new Set(met));
  });
});

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => (name === 'reference' && typeof child === 'string' ? [child] : referencesIn(child)));
}
