import { describe, expect, it } from 'vitest';
import { readScope, Scopes } from '../../src/smart/scopes.js';

/** SMART App Launch 2.2, "Scopes for requesting FHIR Resources"; what it comes to, or `nothing`. */
const SCOPES: readonly (readonly [text: string, comesTo: string])[] = [
  // Version 2
  ['patient/Coverage.r', 'patient Coverage r'],
  ['patient/Coverage.rs', 'patient Coverage rs'],
  ['user/Claim.cruds', 'user Claim cruds'],
  ['system/*.rs', 'system * rs'],
  ['system/*.cud', 'system * cud'],
  ['patient/*.c', 'patient * c'],
  ['user/ExplanationOfBenefit.ds', 'user ExplanationOfBenefit ds'],
  // Version 1
  ['patient/Coverage.read', 'patient Coverage rs'],
  ['patient/Coverage.write', 'patient Coverage cud'],
  ['user/*.*', 'user * cruds'],
  ['system/Claim.*', 'system Claim cruds'],
  // Constraints
  ['patient/Claim.rs?use=claim', 'patient Claim rs use=claim'],
  ['patient/Coverage.rs?status=active&type=EHCPOL', 'patient Coverage rs status=active type=EHCPOL'],
  ['patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory', 'patient Observation rs category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'],
  ['system/Coverage.cruds?payor=Organization/1', 'system Coverage cruds payor=Organization/1'],
  ['user/*.rs?_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N', 'user * rs _security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N'],
  ['user/Claim.rs?identifier=a%26b', 'user Claim rs identifier=a&b'],
  ['user/Claim.rs?identifier=a+b', 'user Claim rs identifier=a+b'],
  ['user/Claim.rs?identifier=a?b', 'user Claim rs identifier=a?b'],
  ['user/Coverage.rs?class-value=a=b', 'user Coverage rs class-value=a=b'],
  // Not in order, doubled, unknown: nothing, and never letter by letter
  ['patient/Coverage.sr', 'nothing'],
  ['patient/Coverage.dus', 'nothing'],
  ['patient/Coverage.rr', 'nothing'],
  ['patient/Coverage.rd ', 'nothing'],
  ['patient/Coverage.', 'nothing'],
  ['patient/Coverage.reads', 'nothing'],
  ['patient/Coverage.Read', 'nothing'],
  ['patient/Coverage.RS', 'nothing'],
  ['patient/Coverage.x', 'nothing'],
  ['patient/Coverage.**', 'nothing'],
  ['patient/Coverage.constructor', 'nothing'],
  ['patient/Coverage', 'nothing'],
  ['patient/coverage.rs', 'nothing'],
  ['patient/Cov*.rs', 'nothing'],
  ['patient/.rs', 'nothing'],
  ['Patient/Coverage.rs', 'nothing'],
  ['practitioner/Coverage.rs', 'nothing'],
  ['/Coverage.rs', 'nothing'],
  ['xpatient/Coverage.rs', 'nothing'],
  ['patient/Coverage.rsx', 'nothing'],
  ['patient/Coverage.rs\n', 'nothing'],
  // Constraints that are none, or experimental: the whole scope allows nothing
  ['patient/Coverage.rs?', 'nothing'],
  ['patient/Coverage.rs?status', 'nothing'],
  ['patient/Coverage.rs?status=', 'nothing'],
  ['patient/Coverage.rs?=active', 'nothing'],
  ['patient/Coverage.rs?status=active&', 'nothing'],
  ['patient/Coverage.rs?status=active&&type=x', 'nothing'],
  ['patient/Coverage.rs?status:not=active', 'nothing'],
  ['patient/Coverage.rs?type:in=http://a', 'nothing'],
  ['patient/Coverage.rs?payor.name=x', 'nothing'],
  ['patient/Coverage.rs?_has:Claim:coverage:status=active', 'nothing'],
  ['patient/Coverage.rs?_filter=status eq active', 'nothing'],
  ['patient/Coverage.rs?_filter=x', 'nothing'],
  ['patient/Coverage.rs?_list=1', 'nothing'],
  ['patient/Coverage.rs?_query=x', 'nothing'],
  ['patient/Coverage.rs?status=%E0%A4', 'nothing'],
  ['patient/Coverage.read?status=active', 'nothing'],
  // Scopes of other kinds
  ['openid', 'nothing'],
  ['fhirUser', 'nothing'],
  ['launch', 'nothing'],
  ['launch/patient', 'nothing'],
  ['offline_access', 'nothing'],
  ['', 'nothing'],
];

const said = (text: string): string => {
  const scope = readScope(text);
  return scope ? [scope.context, scope.type, [...scope.permissions].join(''), ...scope.constraint.map((pair) => pair.join('='))].join(' ') : 'nothing';
};

describe(`${SCOPES.length} scopes`, () => {
  it.each(SCOPES)('%j: %s', (text, comesTo) => expect(said(text)).toBe(comesTo));
});

describe('all scopes of a token', () => {
  it('are split at spaces only', () => {
    const scopes = Scopes.of('openid  patient/Coverage.rs?type=a,b patient/Claim.read');
    expect(scopes.all).toEqual(['openid', 'patient/Coverage.rs?type=a,b', 'patient/Claim.read']);
    expect(scopes.resources.map(({ type }) => type)).toEqual(['Coverage', 'Claim']);
    expect([scopes.has('openid'), scopes.has('open'), String(scopes)]).toEqual([true, false, 'openid patient/Coverage.rs?type=a,b patient/Claim.read']);
  });

  it('may come as a list', () => expect(Scopes.of(['patient/Coverage.rs', 'openid user/Claim.r', 7]).resources).toHaveLength(2));

  it.each([undefined, null, 7, {}, { scope: 'system/*.cruds' }, ''])('%j is none', (claim) => expect(Scopes.of(claim).resources).toEqual([]));

  it('are at most 1,000', () => expect(Scopes.of(Array.from({ length: 5_000 }, (_, index) => `user/Claim.rs?identifier=${index}`)).resources).toHaveLength(1_000));
});
