import { expect } from 'vitest';
import { hold, matches, refused, selects } from '../../asking.js';
import type { SearchStatement } from '../search.js';

const speaker = (id: string, ...languages: string[]) => ({ id, communication: languages.map((code) => ({ language: { coding: [{ code }] } })) });
const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';
const pressure = (id: string, systolic: number, diastolic: number) => ({
  id, status: 'final', code: { text: 'bp' },
  component: [['8480-6', systolic] as const, ['8462-4', diastolic] as const].map(([code, value]) => ({ code: { coding: [{ system: LOINC, code }] }, valueQuantity: { value, system: UCUM, code: 'mm[Hg]' } })),
});
const ACTIVE = { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' };
const IN_ERROR = { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification', code: 'entered-in-error' };
const coded = (id: string, code: string) => ({ id, subject: { display: 'x' }, code: { coding: [{ code }] } });

/** Several values, several parameters, and parameters of kinds of their own. */
export const combined: readonly SearchStatement[] = [
  {
    section: 'composite', level: 'must', text: 'a repeated parameter means and, a comma means or; both together',
    shown: selects('Patient', [speaker('fr', 'FR'), speaker('fr-nl', 'FR', 'NL'), speaker('nl-en', 'NL', 'EN'), speaker('en', 'EN')], {
      'language=FR&language=NL': ['fr-nl'], 'language=FR,NL': ['fr', 'fr-nl', 'nl-en'], 'language=FR,NL&language=EN': ['nl-en'],
    }),
  },
  {
    section: 'composite', level: 'must', text: 'the parts of a composite are true of one repeat',
    shown: selects('Observation', [pressure('bp-low', 50, 40), pressure('bp-crossed', 120, 50)], {
      [`component-code-value-quantity=${LOINC}|8480-6$lt60`]: ['bp-low'], [`component-code-value-quantity=${LOINC}|8462-4$lt60`]: ['bp-crossed', 'bp-low'], [`component-code-value-quantity=${LOINC}|8480-6$gt100|${UCUM}|mm[Hg]`]: ['bp-crossed'],
    }),
  },
  {
    section: 'composite', level: 'must', text: 'composites take alternatives, and stand at the end of a chain',
    shown: async (server) => {
      const group = (id: string, code: string, valueBoolean: boolean) => ({ resourceType: 'Group', id, type: 'person', actual: false, characteristic: [{ code: { coding: [{ code }] }, valueBoolean, exclude: false }] });
      await hold(server, group('comp-1', 'a', true), group('comp-2', 'b', false), group('comp-3', 'c', true), { resourceType: 'Observation', ...pressure('comp-o', 50, 40) }, { resourceType: 'DiagnosticReport', id: 'comp-r', status: 'final', code: { text: 'x' }, result: [{ reference: 'Observation/comp-o' }] });
      expect(matches(await server.get('Group?characteristic-value=a$true,b$false&_sort=_id'))).toEqual(['comp-1', 'comp-2']);
      expect(matches(await server.get(`DiagnosticReport?result.component-code-value-quantity=${LOINC}|8480-6$lt60`))).toEqual(['comp-r']);
    },
  },
  {
    section: 'composite', level: 'must', text: 'a composite takes no modifier and needs all its parts',
    shown: async (server) => {
      refused(await server.get('Observation?code-value-quantity:exact=a$1'), 400);
      refused(await server.get('Observation?code-value-quantity=a'), 400);
    },
  },
  {
    section: 'missing', level: 'must', text: 'a criterion leaves out what has no value; a value and :missing together find nothing',
    shown: selects('AllergyIntolerance', [{ id: 'al-active', patient: { display: 'x' }, clinicalStatus: { coding: [ACTIVE] } }, { id: 'al-unknown', patient: { display: 'x' }, verificationStatus: { coding: [IN_ERROR] } }], { 'clinical-status=active': ['al-active'], 'clinical-status:missing=true': ['al-unknown'], 'clinical-status=active&clinical-status:missing=true': [] }),
  },
  {
    section: 'escaping', level: 'must', text: 'a backslash before a comma, |, $ or backslash makes it part of the value',
    shown: selects('Condition', [coded('esc-a', 'a'), coded('esc-b', 'b'), coded('esc-ab', 'a,b'), coded('esc-pipe', 'x|y'), coded('esc-dollar', 'x$y'), coded('esc-back', 'x\\y')], {
      'code=a,b': ['esc-a', 'esc-b'], 'code=a\\,b': ['esc-ab'], 'code=x\\|y': ['esc-pipe'], 'code=x\\$y': ['esc-dollar'], 'code=x\\\\y': ['esc-back'],
    }),
  },
  {
    section: 'escaping', level: 'must', text: 'percent-encoding is taken off first: an encoded comma separates, an encoded backslash escapes',
    shown: selects('Condition', [coded('pct-a', 'a'), coded('pct-b', 'b'), coded('pct-ab', 'a,b')], { 'code=a%2Cb': ['pct-a', 'pct-b'], 'code=a%5C%2Cb': ['pct-ab'] }),
  },
  { section: 'text', level: 'may', text: '_text and _content search the narrative and the whole resource', notClaimed: 'answered with 501' },
  { section: 'special', level: 'may', text: 'near of Location', notClaimed: 'answered with 501' },
  {
    section: 'list', level: 'may', text: '_list finds what the entries of a List refer to, beside other criteria',
    shown: async (server) => {
      const patient = (id: string, gender: string) => ({ resourceType: 'Patient', id, gender });
      await hold(server, patient('listed-1', 'female'), patient('listed-2', 'male'), patient('listed-3', 'female'),
        { resourceType: 'List', id: 'of-patients', status: 'current', mode: 'working', entry: [{ item: { reference: 'Patient/listed-1' } }, { item: { reference: 'Patient/listed-2' } }] });
      expect(matches(await server.get('Patient?_list=of-patients&_sort=_id'))).toEqual(['listed-1', 'listed-2']);
      expect(matches(await server.get('Patient?_list=of-patients&gender=female'))).toEqual(['listed-1']);
    },
  },
  { section: 'list', level: 'may', text: '_list=$current-allergies and the like find the current lists of a patient', notClaimed: 'answered with 501: current lists are not kept' },
  { section: 'filter', level: 'may', text: '_filter takes an expression', notClaimed: 'answered with 501' },
];
