import { readdirSync, readFileSync } from 'node:fs';
import type { Coverage, OperationDefinition, OperationDefinitionParameter, StructureDefinition } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { CARC_TRIAGE } from '../../src/claims/carc-triage.js';
import { REASONS } from '../../src/claims/derive/input.js';
import { RARC_TRIAGE } from '../../src/claims/rarc-triage.js';
import { payerKindOf } from '../../src/cob/payer-kind.js';
import { RULES } from '../../src/cob/rules.js';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { prepareValidation, validateResource } from '../../src/fhir/validation/index.js';
import { inProject } from '../../src/root.js';
import { conformance } from './constraints.js';

const files = readdirSync(inProject('profiles')).filter((name) => name.endsWith('.json'));

/** What design/data-model.md names, by the element that carries it. */
const EXTENSIONS = {
  OperationDefinition: ['operation-needs', 'operation-whole', 'operation-clients', 'operation-async'],
  Coverage: ['payer-kind', 'benefit-type', 'employment', 'medicare-entitlement', 'cob-rules', 'first-covered', 'confirmed'],
  Patient: ['family-situation'],
  RelatedPerson: ['partner-of'],
  Organization: ['payer-rules', 'cob-rules'],
  Claim: ['claim-frequency', 'stale', 'derived-from'],
  'Claim.insurance': ['msp-insurance-type', 'remaining-patient-liability'],
  ClaimResponse: ['era-claim-status', 'crossover-carrier', 'remaining-patient-liability', 'outpatient-adjudication', 'inpatient-adjudication', 'remittance-segment', 'confirmed'],
  'ClaimResponse.item': ['adjudicated-service', 'remaining-patient-liability', 'remittance-segment'],
  'ClaimResponse.addItem': ['remittance-segment'],
  PaymentReconciliation: ['remittance-segment'],
  'ClaimResponse.adjudication': ['adjustment-quantity'],
  'ClaimResponse.item.adjudication': ['adjustment-quantity'],
  ExplanationOfBenefit: ['remaining-patient-liability', 'outpatient-adjudication', 'inpatient-adjudication', 'confirmed'],
  'ExplanationOfBenefit.adjudication': ['adjustment-quantity'],
  'ExplanationOfBenefit.item.adjudication': ['adjustment-quantity'],
  Endpoint: ['sync-source'],
  Task: ['lease'],
  Subscription: ['served-for'],
  'Subscription.channel': ['signing-secret'],
  'Binary.data': ['binary-part'],
  Meta: ['upstream'],
  Reference: ['merged-from', 'stated-reference'],
  Basic: ['amount', 'entry-source', 'write-off-class', 'reason', 'approved-by', 'missed-secondary', 'stock-taken', 'effort', 'review-facts', 'sync-checkpoint', 'sync-dead-letter'],
} as const;

const PROFILES = ['coverage', 'claim', 'secondary-claim', 'claim-response', 'explanation-of-benefit', 'task', 'ledger-entry'];

const SEARCH_PARAMETERS = [
  ['ExplanationOfBenefit', 'insurer'], ['ExplanationOfBenefit', 'service-date'], ['ExplanationOfBenefit', 'type'], ['Claim', 'coverage'],
  ['Task', 'deadline'], ['Task', 'not-before'], ['Coverage', 'payer-kind'], ['Basic', 'entry-source'], ['Organization', 'rules-review-due'],
] as const;

/** The codes that design/data-model.md, design/operations.md and domain/cob-rules.md list, by value set. */
const CODES: Readonly<Record<string, string>> = {
  'payer-kind': 'group-health individual medicare medicare-advantage medigap medicaid tricare champva va ihs workers-comp no-fault liability black-lung ryan-white state-program non-coordinating',
  'benefit-type': 'medical dental vision pharmacy behavioral hospital',
  'employment-basis': 'active retired laid-off cobra active-duty none',
  'medicare-entitlement-reason': 'age disability esrd',
  'cob-method': 'standard non-duplication maintenance-of-benefits supplement medicare-secondary medicaid-lesser-of medicaid-fee-minus-tpl medicaid-full-cost-share tricare',
  'balance-basis': 'lowest highest',
  'decree-kind': 'one-parent both-parents joint-custody-silent',
  'filing-role': 'primary secondary',
  'limit-unit': 'days months calendar-years',
  'filing-limit-from': 'service-date prior-payer-decision notice',
  'appeal-limit-from': 'decision notice',
  'electronic-cob': 'none secondary tertiary',
  'appeal-method': 'mail fax portal electronic',
  'msp-insurance-type': '12 13 14 15 16 41 42 43 47',
  'claim-frequency': '1 7 8',
  'adjustment-group': 'CO PR OA PI CR',
  'sync-source-kind': 'ehr payer',
  'related-cause': 'none employment auto other-accident unknown',
  'provider-status': 'participating non-participating',
  'cob-order-status': 'determined needs-human',
  'cob-exclusion': 'inactive cancelled benefit-type not-a-plan not-authorized not-related',
  'crossover-evidence': 'claim-status carrier remark',
  'next-step': 'bill-next-payer crossed-over correct-and-resubmit appeal bill-patient write-off wait nothing-due needs-human',
  'derive-reason':
    'derived primary-pending primary-reversed unbalanced demographics-mismatch crossed-over order-undetermined coverage-inactive no-next-coverage nothing-left already-derived filing-limit-passed payer-paper-only',
  'deadline-kind': 'filing appeal crossover-wait outer-limit',
  work: 'review-adjudication verify-cob prepare-claim submit-claim follow-up answer-payer work-denial appeal post-payment resolve-balance approve-write-off match-remittance contact-patient audit-sample',
  ledger: 'charge payer-payment patient-payment contractual-adjustment other-adjustment write-off transfer-to-patient transfer-to-payer refund-due reversal',
  'write-off-class':
    'contractual secondary-allowed medicaid-lesser qmb non-covered-provider-liable timely-filing administrative bad-debt charity small-balance courtesy bankruptcy-or-deceased',
};

const codesOf = (name: string): string[] => [...(conformance.codesOf(`${CANONICAL}/ValueSet/${name}`) ?? [])];
const structure = (id: string): StructureDefinition | undefined => conformance.ofType('StructureDefinition').find((each) => each.id === id);

describe('profiles/ holds what the data model names', () => {
  it.each(Object.entries(EXTENSIONS).flatMap(([context, names]) => names.map((name) => [name, context])))('extension %s on %s', (name, context) => {
    expect(structure(name)).toMatchObject({ type: 'Extension', url: `${CANONICAL}/StructureDefinition/${name}` });
    expect(structure(name)?.context).toContainEqual({ type: 'element', expression: context });
  });

  it('and no extension that it does not name', () => {
    const named = new Set<string>(Object.values(EXTENSIONS).flat());
    expect(conformance.ofType('StructureDefinition').filter(({ type, id }) => type === 'Extension' && !named.has(id ?? '')).map(({ id }) => id)).toEqual([]);
  });

  it.each(PROFILES)('profile cobalt-%s', (name) => expect(structure(`cobalt-${name}`)).toMatchObject({ kind: 'resource', derivation: 'constraint' }));

  it.each(SEARCH_PARAMETERS)('search parameter %s %s', (base, code) => {
    const found = conformance.ofType('SearchParameter').filter((each) => each.code === code && each.base.includes(base));
    expect(found).toHaveLength(1);
    expect(found[0]?.expression).toMatch(new RegExp(`^${base}\\.`));
  });

  it.each(Object.entries(CODES))('value set %s has its codes', (name, codes) => expect(codesOf(name)).toEqual(codes.split(' ')));
});

describe('each file', () => {
  beforeAll(prepareValidation);

  it.each(files)('%s is valid R4, named by type and id, complete', (file) => {
    const resource = JSON.parse(readFileSync(inProject('profiles', file), 'utf8')) as StructureDefinition;
    expect(validateResource(resource)).toEqual([]);
    expect(`${resource.resourceType}-${resource.id}.json`).toBe(file);
    expect(resource).toMatchObject({ url: `${CANONICAL}/${resource.resourceType}/${resource.id}`, version: '0.1.0', status: 'active', publisher: 'Cobalt' });
    expect(resource.description ?? '').toMatch(/\.$/);
  });

  it('has a URL of its own', () => {
    const urls = conformance.resources.map((resource) => (resource as StructureDefinition).url);
    expect(new Set(urls).size).toBe(urls.length);
  });

  it.each(conformance.ofType('StructureDefinition').filter(({ type }) => type === 'Extension').map((each) => [each.id, each] as const))(
    'extension %s: the snapshot holds all of the differential, every element explained',
    (_id, definition) => {
      const filledIn = new Set(definition.snapshot?.element.map(({ id }) => id));
      expect(definition.differential?.element.map(({ id }) => id).filter((id) => !filledIn.has(id))).toEqual([]);
      expect(definition.snapshot?.element.filter(({ definition: text, min, max, base }) => !text || min === undefined || !max || !base).map(({ id }) => id)).toEqual([]);
    },
  );

  it('of a code system counts and explains its codes', () => {
    for (const { id, concept = [], count } of conformance.ofType('CodeSystem')) {
      expect(count, id).toBe(concept.length);
      expect(new Set(concept.map(({ code }) => code)).size, id).toBe(concept.length);
      expect(concept.filter(({ display, definition }) => !display || !definition?.endsWith('.')).map(({ code }) => `${id} ${code}`)).toEqual([]);
    }
  });
});

describe('what is named resolves', () => {
  const ours = (url: string): boolean => url.startsWith(`${CANONICAL}/`);
  const elements = conformance.ofType('StructureDefinition').flatMap(({ id, snapshot, differential }) => [...(snapshot?.element ?? []), ...(differential?.element ?? [])].map((element) => ({ id, element })));

  it('every value set that an element binds to expands', () => {
    const bound = elements.flatMap(({ element }) => element.binding?.valueSet ?? []).filter(ours);
    expect([...new Set(bound)].filter((url) => !conformance.codesOf(url)?.size)).toEqual([]);
  });

  it('every profile that an element or a profile names is there', () => {
    const named = [...elements.flatMap(({ element }) => (element.type ?? []).flatMap(({ profile = [] }) => profile)), ...conformance.ofType('StructureDefinition').map(({ baseDefinition = '' }) => baseDefinition)];
    expect(named.filter((url) => ours(url) && !conformance.resources.some((each) => (each as StructureDefinition).url === url))).toEqual([]);
  });

  it('every value set that an operation binds to expands', () => {
    const definitions = readdirSync(inProject('operations'), { recursive: true, encoding: 'utf8' }).filter((name) => /definition[^/]*\.json$/.test(name));
    const bindings = (parameters: readonly OperationDefinitionParameter[]): string[] => parameters.flatMap(({ binding, part = [] }) => [...(binding ? [binding.valueSet] : []), ...bindings(part)]);
    const bound = definitions.flatMap((name) => {
      const definition = JSON.parse(readFileSync(inProject('operations', name), 'utf8')) as OperationDefinition;
      return bindings(definition.parameter ?? []).map((valueSet) => `${name} ${valueSet}`);
    });
    expect(bound.filter((each) => ours(each.split(' ')[1] ?? '') && !conformance.codesOf(each.split(' ')[1] ?? '')?.size)).toEqual([]);
  });
});

describe('definitions agree with the code', () => {
  it('every rule of benefit order is a code', () => expect(codesOf('cob-rule').sort()).toEqual([...Object.keys(RULES), 'FIRST', 'FILTER', 'FACTS'].sort()));

  it('every category and action of the triage of denials is a code', () => {
    const rows = [...CARC_TRIAGE.values(), ...RARC_TRIAGE.values()];
    expect(rows.filter(({ category }) => !codesOf('denial-category').includes(category))).toEqual([]);
    expect(rows.filter(({ action }) => !codesOf('denial-action').includes(action))).toEqual([]);
  });

  it('every id of a finding about claims is a code', () => {
    const known = new Set(conformance.ofType('CodeSystem').find(({ id }) => id === 'issue')?.concept?.map(({ code }) => code));
    const sources = readdirSync(inProject('src', 'claims'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const given = sources.flatMap((name) => [...readFileSync(inProject('src', 'claims', name), 'utf8').matchAll(/(?:code: |add\(|warning\()'([a-z-]+)', (?:severity|'error'|'warning'|'information'|expression)/g)].map((match) => match[1] ?? ''));
    expect(given.length).toBeGreaterThan(40);
    expect([...given, ...REASONS].filter((code) => !known.has(code))).toEqual([]);
  });

  const map = conformance.ofType('ConceptMap').find(({ id }) => id === 'coverage-type-to-payer-kind');
  const rows = (map?.group ?? []).flatMap(({ source, element }) => element.map(({ code, target }) => [source ?? '', code ?? '', target?.[0]?.code ?? 'no-coverage'] as const));
  it.each(rows)('%s %s is inferred as %s', (system, code, kind) => {
    const coverage: Coverage = { resourceType: 'Coverage', status: 'active', beneficiary: {}, payor: [], type: { coding: [{ system, code }] } };
    expect(payerKindOf(coverage)?.kind).toBe(kind);
  });
});
