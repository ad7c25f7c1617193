import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CapabilityStatement } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/root.js';
import { planChanges, planOf, type TypePlan } from '../../src/sync/plan.js';
import { SYNC_TYPES } from '../../src/sync/source.js';

const samples = join(projectRoot, '../shared/samples/ehr-capabilities');
const isThere = existsSync(samples);
if (!isThere) console.log('skipped: plans for what three vendors say of themselves, since ../shared/samples is not there');

const statement = (vendor: string): CapabilityStatement => JSON.parse(readFileSync(join(samples, `${vendor}.json`), 'utf8')) as CapabilityStatement;
const plan = (vendor: string, group?: string): readonly TypePlan[] => planOf(statement(vendor), { types: SYNC_TYPES, kind: 'ehr', group });
const strategies = (plans: readonly TypePlan[]): Record<string, string> => Object.fromEntries(plans.map(({ type, strategy }) => [type, strategy]));

/** What the three say of themselves (domain/smart-and-sync.md D1), and what that makes of each type. */
const PLANS: readonly [vendor: string, group: string | undefined, expected: Record<string, string>][] = [
  ['epic', undefined, {
    Organization: 'referenced', Practitioner: 'referenced', Patient: 'referenced', RelatedPerson: 'patients', Encounter: 'patients', Account: 'referenced', Coverage: 'patients', Claim: 'referenced', ClaimResponse: 'none', ExplanationOfBenefit: 'patients',
  }],
  ['epic', 'our-patients', {
    Organization: 'referenced', Practitioner: 'referenced', Patient: 'bulk', RelatedPerson: 'bulk', Encounter: 'bulk', Account: 'bulk', Coverage: 'bulk', Claim: 'bulk', ClaimResponse: 'none', ExplanationOfBenefit: 'bulk',
  }],
  ['cerner', undefined, {
    Organization: 'referenced', Practitioner: 'referenced', Patient: 'referenced', RelatedPerson: 'patients', Encounter: 'window', Account: 'patients', Coverage: 'patients', Claim: 'none', ClaimResponse: 'none', ExplanationOfBenefit: 'none',
  }],
  ['athena', undefined, {
    Organization: 'referenced', Practitioner: 'referenced', Patient: 'window', RelatedPerson: 'window', Encounter: 'window', Account: 'none', Coverage: 'window', Claim: 'none', ClaimResponse: 'none', ExplanationOfBenefit: 'none',
  }],
];

describe.skipIf(!isThere)('what is done for each type follows from the CapabilityStatements of three vendors', () => {
  it.each(PLANS)('%s, group %s', (vendor, group, expected) => expect(strategies(plan(vendor, group))).toEqual(expected));

  it('each says why', () => expect(plan('epic').every(({ reason }) => reason.length > 10 || reason === 'not offered')).toBe(true));

  it('pages are sized, patients named and types written as each lets itself', () => {
    expect(plan('epic').find(({ type }) => type === 'Coverage')).toMatchObject({ patientParameter: 'patient', hasCount: true, hasLastUpdated: false, writes: [] });
    expect(plan('cerner').find(({ type }) => type === 'Coverage')).toMatchObject({ patientParameter: 'patient', hasCount: false, writes: ['create', 'patch'] });
    expect(plan('athena').find(({ type }) => type === 'Coverage')).toMatchObject({ patientParameter: 'patient', hasCount: true, hasLastUpdated: true, writes: [] });
  });

  it('a payer is asked for each member, whatever it says of _lastUpdated', () => {
    expect(planOf(statement('athena'), { types: ['Coverage'], kind: 'payer', group: undefined })).toMatchObject([{ strategy: 'patients', hasLastUpdated: true }]);
  });

  it('only types that are wanted, in the order in which one refers to the other', () => {
    expect(planOf(statement('athena'), { types: ['Patient', 'Coverage'], kind: 'ehr', group: undefined }).map(({ type }) => type)).toEqual(['Patient', 'Coverage']);
  });

  it('names what changed since', () => {
    expect(planChanges(plan('epic'), plan('epic', 'g'))).toContain('Coverage: patients → bulk');
    expect(planChanges(plan('epic'), plan('epic'))).toEqual([]);
  });
});

it('nothing is planned of a server that says nothing', () => {
  expect(planOf({ resourceType: 'CapabilityStatement', status: 'active', date: '2026', kind: 'instance', fhirVersion: '4.0.1', format: ['json'] }, { types: ['Coverage'], kind: 'ehr', group: 'g' })).toMatchObject([{ strategy: 'none' }]);
});
