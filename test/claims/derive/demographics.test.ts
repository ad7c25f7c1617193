import type { ClaimResponse, Coverage, Patient } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { demographicsFindings } from '../../../src/claims/derive/demographics.js';
import { indexOf } from '../../../src/claims/derive/input.js';
import { claim, coverage, decision, patient } from './clinic.js';

const MB = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] };
const other = (change: Partial<Patient>): Patient => ({ ...patient, id: 'q', ...change });
const about = (person: Patient): ClaimResponse => ({ ...decision(), contained: [{ ...person, id: 'pat' }], patient: { reference: '#pat' } });
const findings = (change: { coverage?: Partial<Coverage>; decision?: ClaimResponse; known?: Patient[] }) =>
  demographicsFindings(claim(), [coverage('first', change.coverage)], [change.decision ?? decision()], indexOf([patient, ...(change.known ?? [])]));

describe('claim, coverage and decision agree', () => {
  test.each<[string, Parameters<typeof findings>[0]]>([
    ['the same record', {}],
    ['two records of one person', { coverage: { beneficiary: { reference: 'Patient/q' } }, known: [other({})] }],
    ['case, accents and punctuation of a name', { decision: about(other({ name: [{ family: 'ALDERGATE', given: ['MÍNA'] }] })) }],
    ['an initial', { decision: about(other({ name: [{ family: 'Aldergate', given: ['M.'] }] })) }],
    ['a former name', { decision: about(other({ name: [{ family: 'Smith', given: ['Mina'] }, { family: 'Aldergate', given: ['Mina'] }] })) }],
    ['what one of them does not state', { decision: about({ resourceType: 'Patient' }) }],
    ['sex that is not stated as male or female', { decision: about(other({ gender: 'unknown' })) }],
    ['a dependent’s suffix on the card', { coverage: { subscriberId: 'NL88', identifier: [{ type: MB, value: 'NL88-01' }] } }],
    ['the member id that the decision names', { coverage: { subscriberId: 'NL88' }, decision: { ...decision(), patient: { reference: 'Patient/p', identifier: { type: MB, value: 'nl-88' } } } }],
    ['a subscriber who is another person', { coverage: { relationship: { coding: [{ code: 'spouse' }] }, subscriber: { reference: 'Patient/q' } }, known: [other({ birthDate: '1979-01-01' })] }],
  ])('%s', (_name, change) => expect(findings(change)).toEqual([]));
});

describe('they differ', () => {
  test.each<[string, Parameters<typeof findings>[0], RegExp, string]>([
    ['name', { decision: about(other({ name: [{ family: 'Aldgate', given: ['Mina'] }] })) }, /differs from the claim in name/, 'ClaimResponse.patient'],
    ['given name', { decision: about(other({ name: [{ family: 'Aldergate', given: ['Mona'] }] })) }, /in name/, 'ClaimResponse.patient'],
    ['birth date', { decision: about(other({ birthDate: '1980-02-04' })) }, /in birth date/, 'ClaimResponse.patient'],
    ['sex', { decision: about(other({ gender: 'male' })) }, /in sex/, 'ClaimResponse.patient'],
    ['beneficiary', { coverage: { beneficiary: { reference: 'Patient/q' } }, known: [other({ birthDate: '1981-04-02', gender: 'male' })] }, /in birth date, sex/, 'Coverage.beneficiary'],
    ['subscriber who is said to be the patient', { coverage: { relationship: { coding: [{ code: 'self' }] }, subscriber: { reference: 'Patient/q' } }, known: [other({ birthDate: '1979-01-01' })] }, /in birth date/, 'Coverage.subscriber'],
    ['a record that nobody can compare', { coverage: { beneficiary: { reference: 'Patient/q' } } }, /both records are needed/, 'Coverage.beneficiary'],
    ['two member ids on one coverage', { coverage: { subscriberId: 'NL88', identifier: [{ type: MB, value: 'NL89' }] } }, /two member ids/, 'Coverage.subscriberId'],
    ['the member id that the decision names', { coverage: { subscriberId: 'NL88' }, decision: { ...decision(), patient: { reference: 'Patient/p', identifier: { type: MB, value: 'NL99' } } } }, /another member id/, 'ClaimResponse.patient'],
  ])('%s', (_name, change, text, expression) => {
    const found = findings(change);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ code: 'demographics-mismatch', expression });
    expect(found[0]!.text).toMatch(text);
    expect(found[0]!.text).not.toMatch(/Aldergate|1980|NL8/);
  });
});
