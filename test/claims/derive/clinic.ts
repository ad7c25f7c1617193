import type { Claim, ClaimItem, Coverage, Organization, Patient } from 'fhir/r4.js';
import type { DeriveInput } from '../../../src/claims/derive/derive.js';
import type { DatedOrder } from '../../../src/claims/derive/input.js';
import type { CobOrder, ExcludedCoverage, MissingFact, PayerKind, RankedCoverage } from '../../../src/cob/index.js';
import { digest } from '../../cases/derive-input.js';
import { claimResponse, service, usd, type ShortDecision } from '../decisions.js';

/** A patient with up to three plans, one visit of two lines (100.00 and 60.00), and what a test changes about it. */

export const DATE = '2026-02-05';
export const patient: Patient = { resourceType: 'Patient', id: 'p', name: [{ family: 'Aldergate', given: ['Mina'] }], birthDate: '1980-04-02', gender: 'female' };

export const coverage = (id: string, change: Partial<Coverage> = {}): Coverage => ({
  resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: 'Patient/p' }, payor: [{ reference: `Organization/${id}-payer` }], period: { start: '2020-01-01' }, ...change,
});
export const payer = (id: string, rules: Organization['extension'] = []): Organization => ({
  resourceType: 'Organization', id: `${id}-payer`, ...(rules.length > 0 ? { extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-rules', extension: rules }] } : {}),
});

const item = (sequence: number, charge: number, servicedDate = DATE): ClaimItem => ({ sequence, productOrService: service, servicedDate, net: usd(charge) });

export const claim = (change: Partial<Claim> = {}): Claim => ({
  resourceType: 'Claim', id: 'c', status: 'active', use: 'claim', type: { coding: [{ code: 'professional' }] }, patient: { reference: 'Patient/p' }, created: DATE,
  provider: { reference: 'Organization/clinic' }, priority: { coding: [{ code: 'normal' }] },
  identifier: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PLAC' }] }, system: 'urn:clinic', value: 'A1047' }],
  insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/first' } }, { sequence: 2, focal: false, coverage: { reference: 'Coverage/second' } }],
  item: [item(1, 100), item(2, 60)], total: usd(160), ...change,
});
export const items = (...charges: number[]): ClaimItem[] => charges.map((charge, position) => item(position + 1, charge));
export const onDates = (...dates: string[]): ClaimItem[] => dates.map((date, position) => item(position + 1, position === 0 ? 100 : 60, date));

/** Pays 80.00 and 48.00, leaves 20.00 and 12.00 to the patient. */
export const decision = (change: ShortDecision = {}) =>
  claimResponse({ id: 'd1', lines: [[['submitted', 100], ['benefit', 80], ['PR-2', 20]], [['submitted', 60], ['benefit', 48], ['PR-2', 12]]], ...change });

export const ranked = (...kinds: readonly (readonly [string, PayerKind?, RankedCoverage['rule']?])[]): RankedCoverage[] =>
  kinds.map(([id, payerKind = 'group-health', rule = 'N5'], position) => ({ order: position + 1, coverage: `Coverage/${id}`, payerKind, rule: position === 0 ? 'FIRST' : rule, reason: '', citation: '' }));
export const order = (rows: readonly RankedCoverage[], change: Partial<CobOrder> = {}): CobOrder => ({
  status: 'determined', ranked: rows, excluded: [], missing: [], conflict: [], trace: [], equalSharing: false, ...change,
});
export const on = (date: string, of: CobOrder): DatedOrder => ({ date, order: of });
export const excluded = (id: string, code: ExcludedCoverage['code']): ExcludedCoverage => ({ coverage: `Coverage/${id}`, code, reason: code });
export const birthday: MissingFact = { coverage: 'Coverage/second', expression: 'RelatedPerson.birthDate', question: 'When is the father’s birthday?', rule: 'N2a' };

export const input = (change: Partial<DeriveInput> = {}): DeriveInput => ({
  claim: claim(), claims: [], decisions: [decision()], coverages: [coverage('first'), coverage('second')],
  resources: [patient, payer('first'), payer('second')],
  orders: [on(DATE, order(ranked(['first'], ['second'])))], asOf: '2026-03-01', digest, ...change,
});
