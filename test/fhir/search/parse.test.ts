import { describe, expect, test } from 'vitest';
import { FhirError } from '../../../src/fhir/outcome.js';
import type { ParsedSearch } from '../../../src/fhir/search/index.js';
import { BASE, search } from './support.js';

const fhirSearch = await search();

const parse = (type: string | undefined, query: string, handling: 'strict' | 'lenient' = 'strict'): ParsedSearch =>
  fhirSearch.parse({ type, parameters: [...new URLSearchParams(query)], handling });

function refused(type: string | undefined, query: string, handling: 'strict' | 'lenient' = 'strict'): FhirError {
  try {
    parse(type, query, handling);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error(`${query} was not refused`);
}

describe('criteria as expressions', () => {
  const active = { op: 'token', param: 'status', code: 'active' };
  test.each<[string, string, unknown]>([
    ['Claim', '', { op: 'all' }],
    ['Claim', 'status=active&use=claim', { op: 'and', of: [active, { op: 'token', param: 'use', code: 'claim' }] }],
    ['Claim', 'patient=Patient/1', { op: 'reference', param: 'patient', type: 'Patient', id: '1' }],
    ['Claim', 'patient=1', { op: 'reference', param: 'patient', type: 'Patient', id: '1' }],
    ['Claim', 'provider=1', { op: 'reference', param: 'provider', id: '1' }],
    ['Claim', 'provider:Organization=1', { op: 'reference', param: 'provider', type: 'Organization', id: '1' }],
    ['Claim', `provider=${BASE}/Organization/1`, { op: 'reference', param: 'provider', type: 'Organization', id: '1' }],
    ['Claim', 'provider=http://x.example/Organization/1', { op: 'reference', param: 'provider', url: 'http://x.example/Organization/1' }],
    ['Claim', 'provider=urn:uuid:1', { op: 'reference', param: 'provider', url: 'urn:uuid:1' }],
    ['Claim', 'patient:missing=true', { op: 'not', of: { op: 'present', param: 'patient', kind: 'reference' } }],
    ['Claim', 'priority:missing=false', { op: 'or', of: [{ op: 'present', param: 'priority', kind: 'token' }, { op: 'present', param: 'priority:text', kind: 'string' }] }],
    ['Claim', '_id=a,b', { op: 'id', in: ['a', 'b'] }],
    ['Claim', '_lastUpdated=gt2026', { op: 'interval', kind: 'date', param: '_lastUpdated', compare: 'gt', low: Date.UTC(2026, 0), high: Date.UTC(2027, 0) }],
    ['Claim', 'created=ap2025-12-22', { op: 'interval', kind: 'date', param: 'created', compare: 'ap', low: Date.UTC(2025, 11, 22) - 77_760_000, high: Date.UTC(2025, 11, 23) + 77_760_000 }],
    ['Claim', 'patient.family=Smith', { op: 'chain', param: 'patient', types: ['Patient'], where: { op: 'string', param: 'family', match: 'starts', value: 'smith' } }],
    ['Claim', 'patient.general-practitioner:Practitioner.name:exact=X', {
      op: 'chain', param: 'patient', types: ['Patient'],
      where: { op: 'chain', param: 'general-practitioner', types: ['Practitioner'], where: { op: 'string', param: 'name', match: 'exact', value: 'X' } },
    }],
    ['Claim', 'provider.name=x', { op: 'chain', param: 'provider', types: ['Practitioner', 'Organization'], where: { op: 'string', param: 'name', match: 'starts', value: 'x' } }],
    ['Claim', 'patient._id=1', { op: 'chain', param: 'patient', types: ['Patient'], where: { op: 'id', in: ['1'] } }],
    ['Patient', '_has:Claim:patient:status=active', { op: 'has', type: 'Claim', param: 'patient', where: active }],
    ['Patient', '_has:Claim:patient:insurer.name=x', { op: 'has', type: 'Claim', param: 'patient', where: { op: 'chain', param: 'insurer', types: ['Organization'], where: { op: 'string', param: 'name', match: 'starts', value: 'x' } } }],
    ['Organization', '_has:Coverage:payor:_has:Claim:coverage:status=active', { op: 'has', type: 'Coverage', param: 'payor', where: { op: 'has', type: 'Claim', param: 'coverage', where: active } }],
    ['Claim', 'patient._has:Coverage:beneficiary:status=active', { op: 'chain', param: 'patient', types: ['Patient'], where: { op: 'has', type: 'Coverage', param: 'beneficiary', where: active } }],
    ['Claim', 'status:not=active,draft', { op: 'not', of: { op: 'or', of: [active, { op: 'token', param: 'status', code: 'draft' }] } }],
  ])('%s?%s', (type, query, where) => {
    expect(parse(type, query).plan.where).toEqual(where);
  });
  test('what chains and _has look into is named', () => {
    expect(parse('Patient', '_has:Claim:patient:insurer.name=x&organization.name=y').through).toEqual(['Claim', 'Organization']);
  });
  test('targets that read the rest differently stand apart', () => {
    const { where } = parse('Task', 'focus.status=http://hl7.org/fhir/fm-status|active').plan;
    expect(where).toMatchObject({ op: 'or', of: [{ op: 'chain' }, { op: 'chain' }] });
  });
});

describe('the whole system', () => {
  test('takes the parameters of all types but AuditEvent', () => {
    expect(parse(undefined, '_lastUpdated=ge2026').plan.types).toHaveLength(145);
  });
  test('and those that the types of _type share', () => {
    const { plan, self } = parse(undefined, '_type=Claim,ExplanationOfBenefit&patient=1');
    expect(plan).toMatchObject({ types: ['Claim', 'ExplanationOfBenefit'], where: { op: 'reference', param: 'patient', type: 'Patient', id: '1' } });
    expect(self).toEqual([['_type', 'Claim,ExplanationOfBenefit'], ['patient', '1']]);
  });
  test.each([['patient=1', 400], ['_type=Claim,Patient&status=active', 400], ['_type=Nothing', 400]])('%s → %d', (query, status) => {
    expect(refused(undefined, query).status).toBe(status);
  });
});

describe('parameters of the result', () => {
  test.each<[string, object]>([
    ['', { count: 20, total: 'none', sort: [], includes: [] }],
    ['_count=7', { count: 7 }], ['_count=5000', { count: 1000 }], ['_count=0', { count: 0, total: 'accurate' }], ['_summary=count', { count: 0, total: 'accurate' }],
    ['_total=accurate', { total: 'accurate' }], ['_total=estimate', { total: 'accurate' }], ['_total=none', { total: 'none' }],
    ['_sort=-created,_id,_lastUpdated', { sort: [{ param: 'created', kind: 'date', descending: true }, { param: '_id', kind: 'id', descending: false }, { param: '_lastUpdated', kind: 'date', descending: false }] }],
    ['_include=Claim:patient&_include:iterate=Patient:organization:Organization', {
      includes: [{ direction: 'include', source: 'Claim', param: 'patient', iterate: false }, { direction: 'include', source: 'Patient', param: 'organization', target: 'Organization', iterate: true }],
    }],
    ['_include=*', { includes: [{ direction: 'include', source: '*', param: '*', iterate: false }] }],
    ['_include=Claim:*', { includes: [{ direction: 'include', source: 'Claim', param: '*', iterate: false }] }],
    ['_revinclude=ClaimResponse:request', { includes: [{ direction: 'revinclude', source: 'ClaimResponse', param: 'request', iterate: false }] }],
  ])('%s', (query, plan) => {
    expect(parse('Claim', query).plan).toMatchObject(plan);
  });
  test('_elements and _summary are handed on', () => {
    expect(parse('Claim', '_elements=status,created')).toMatchObject({ elements: ['status', 'created'] });
    expect(parse('Claim', '_summary=true')).toMatchObject({ summary: 'true' });
    expect(parse('Claim', '_summary=false').summary).toBeUndefined();
  });
  test('the self link says what was used', () => {
    expect(parse('Claim', '_count=5000&nonsense=1&status=active&_format=json&_pretty=true', 'lenient')).toMatchObject({
      self: [['_count', '1000'], ['status', 'active']], unknown: ['nonsense'],
    });
  });
});

describe('refused with the parameter named and its value not', () => {
  const SECRET = 'S3CRET';
  test.each<[type: string, query: string, status: number, text: string]>([
    ['Claim', `pateint=${SECRET}`, 400, 'Did you mean patient?'], ['Claim', `zzzzzzzz=${SECRET}`, 400, 'It has _id'], ['Claim', `status:bad=${SECRET}`, 400, ':not'], ['Claim', `created:exact=${SECRET}`, 400, ':missing'],
    ['Claim', `created=${SECRET}`, 400, 'created must be a date'], ['Claim', 'created=2026-02-30', 400, 'date'], ['Claim', 'created=2026-13', 400, 'date'], ['Claim', 'created=xx2026', 400, 'date'], ['Claim', 'created=2026-01-01T25:00', 400, 'date'],
    ['Claim', 'created=2026-01-01T10', 400, 'date'], ['Claim', 'created=gt', 400, 'date'], ['Claim', 'created=0000', 400, 'date'],
    ['RiskAssessment', `probability=${SECRET}`, 400, 'a number'], ['RiskAssessment', 'probability=0x10', 400, 'a number'], ['RiskAssessment', 'probability=1e999', 400, 'a number'], ['RiskAssessment', 'probability=NaN', 400, 'a number'],
    ['Observation', 'value-quantity=5|mg', 400, 'number|system|code'], ['Observation', 'value-quantity=|a|b', 400, 'a number'],
    ['Claim', 'status=', 400, 'empty'], ['Claim', 'status=a,,b', 400, 'empty'], ['Claim', 'identifier=|', 400, 'system|code'], ['Claim', `identifier=a|b|${SECRET}`, 400, 'system|code'], ['Patient', 'family=%20', 400, 'empty'],
    ['Patient', `identifier=${SECRET}$ne`, 400, '\\$'], ['Patient', 'family={"$gt":""}', 400, '\\$'], ['Patient', 'identifier[$ne]=1', 400, 'no search parameter'], ['Patient', 'identifier[]=1', 400, 'no search parameter'],
    ['Patient', `identifier:of-type=${SECRET}`, 400, 'system|code|value'], ['Claim', 'patient=%23p', 400, 'an id'], ['Claim', `patient=${SECRET} x`, 400, 'an id'], ['Claim', 'patient:Organization=1', 400, 'does not lead to'],
    ['Claim', 'patient:Patient=Group/1', 400, 'a reference to Patient'], ['Claim', '_id=a/b', 400, 'must be an id'], ['Claim', 'patient:missing=maybe', 400, 'true or false'], ['Claim', '_lastUpdated:missing=true', 400, 'never missing'],
    ['Claim', '_id:exact=1', 400, ':not'], ['ValueSet', 'url=a b', 400, 'a URI'], ['Patient', 'phonetic=123', 400, 'Latin letters'],
    ['Observation', 'code-value-quantity=a', 400, '2 parts'], ['Observation', 'code-value-quantity=a$b$c', 400, '2 parts'], ['Observation', 'code-value-quantity=a$', 400, '2 parts'], ['Observation', 'code-value-quantity=a$x', 400, 'a number'],
    ['Claim', 'status.name=x', 400, 'no reference'], ['Claim', 'patient.nothing=x', 400, 'Patient has no search parameter'], ['Claim', 'patient:Organization.name=x', 400, 'does not lead to'], ['Claim', 'patient.=x', 400, 'no search parameter'],
    ['Patient', '_has:Claim:insurer:status=active', 400, 'does not lead to Patient'], ['Patient', '_has:Claim:patient=1', 400, 'is written'], ['Patient', '_has:Nope:patient:status=1', 400, 'is not a type'], ['Patient', '_has:Claim:nope:status=1', 400, 'no search parameter'],
    ['Organization', `${'partof.'.repeat(7)}name=x`, 400, 'At most 5'], ['Task', `${'focus.'.repeat(5)}status=x`, 400, 'too many types'],
    ['Claim', '_count=-1', 400, '_count'], ['Claim', '_count=abc', 400, '_count'], ['Claim', '_count=1&_count=2', 400, 'only once'], ['Claim', '_sort=nothing', 400, 'no search parameter'], ['Observation', '_sort=code-value-quantity', 400, 'no order'],
    ['Claim', '_sort:desc=created', 400, 'no modifiers'], ['Claim', '_total=all', 400, '_total'], ['Claim', '_summary=maybe', 400, '_summary'], ['Claim', '_elements=a b', 400, '_elements'], ['Claim', '_include=patient', 400, 'is written'],
    ['Claim', '_include=Claim:status', 400, 'no reference'], ['Claim', '_include=Claim:nope', 400, 'no search parameter'], ['Claim', '_include=Claim:patient:Nope', 400, 'not a type'], ['Claim', '_include=Claim:patient:Organization', 400, 'does not lead'],
    ['Claim', '_include:twice=Claim:patient', 400, ':iterate'], ['Patient', '_revinclude=Claim:insurer', 400, 'does not lead'], ['Claim', '_include=', 400, 'empty'], ['Claim', '_type=Claim', 400, 'no search parameter'],
    ['Claim', '_contained=true', 501, '_contained'], ['Claim', '_text=x', 501, '_text'], ['Claim', '_content=x', 501, '_content'], ['Claim', '_filter=x', 501, '_filter'], ['Claim', '_list=$current-problems', 501, '_list'], ['Claim', `_list=${SECRET}/_`, 400, '_list'], ['Claim', '_list=', 400, '_list'], ['Claim', '_list:not=1', 400, '_list'], ['Claim', '_query=x', 501, '_query'], ['Location', 'near=1|2', 501, 'special'],
    ['Claim', 'priority:in=http://x', 501, ':in'], ['Claim', 'priority:above=x', 400, 'system|code'], ['Claim', 'priority:above=http://x.example|y', 501, 'priority:above'], ['Claim', 'patient:below=x', 501, ':below'], ['__proto__', 'status=1', 400, 'not a resource type'], ['Claim', 'constructor=1', 400, 'no search parameter'],
    ['Claim', '__proto__=1', 400, 'no search parameter'], ['Claim', 'status:constructor=1', 400, 'no such modifier'], ['Claim', 'patient:toString.name=1', 400, 'does not lead'],
  ])('%s?%s → %d', (type, query, status, text) => {
    const error = refused(type, query);
    expect(error.status).toBe(status);
    expect(error.message).toContain(text);
    expect(JSON.stringify(error.outcome)).not.toContain(SECRET);
  });
});

describe('lenient handling', () => {
  test.each(['nothing=1', 'patient.nothing=1', '_text=x', 'code[$ne]=1'])('leaves out %s', (query) => {
    expect(parse('Claim', `${query}&status=active`, 'lenient')).toMatchObject({ unknown: [query.split('=')[0]], plan: { where: { op: 'token', param: 'status' } } });
  });
  test.each(['created=x', 'status:bad=1', 'priority:in=x', '_count=x', 'status='])('refuses %s as ever', (query) => {
    expect(refused('Claim', query, 'lenient').status).toBe(query === 'priority:in=x' ? 501 : 400);
  });
});

describe('limits', () => {
  test.each([
    ['parameters', Array.from({ length: 201 }, () => 'status=a').join('&'), 'at most 200'],
    ['values in all', `status=${'a,'.repeat(300)}a&use=${'b,'.repeat(300)}b`, 'at most 500'],
    ['one value', `status=${'a'.repeat(4001)}`, 'longer than 4000'],
    ['one parameter', `status=${'a,'.repeat(60_000)}a`, 'too long'],
    ['a name', `${'a'.repeat(2000)}=1`, 'too long'],
    ['sort keys', `_sort=${Array.from({ length: 11 }, () => '_id').join(',')}`, 'at most 10'],
  ])('%s', (_, query, text) => {
    expect(refused('Claim', query).message).toContain(text);
  });
  test('what is within them is taken', () => {
    expect(parse('Claim', `status=${'a,'.repeat(498)}a&use=claim`).plan.where).toMatchObject({ op: 'and' });
  });
  test('a chain to many types counts its values once', () => {
    expect(parse('Claim', `provider.name=${'x,'.repeat(498)}x`).plan.where).toMatchObject({ op: 'chain' });
  });
});
