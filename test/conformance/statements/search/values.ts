import { expect } from 'vitest';
import { refused, selects, statusOf } from '../../asking.js';
import type { SearchStatement } from '../search.js';

const encounter = (id: string, start?: string, end?: string) => ({ id, status: 'finished', class: { code: 'AMB' }, ...(start || end ? { period: { ...(start ? { start } : {}), ...(end ? { end } : {}) } } : {}) });
const risk = (id: string, probabilityDecimal: number) => ({ id, status: 'final', subject: { display: 'x' }, prediction: [{ probabilityDecimal }] });
const observation = (id: string, valueQuantity: object) => ({ id, status: 'final', code: { text: 'x' }, valueQuantity });
const UCUM = 'http://unitsofmeasure.org';
const valueSet = (id: string, url: string, version?: string) => ({ id, status: 'active', url, ...(version ? { version } : {}) });

/** Modifiers, prefixes, and the types of parameters whose values are numbers, dates and text. */
export const values: readonly SearchStatement[] = [
  {
    section: 'modifiers', level: 'may', text: ':missing finds by presence; an extension alone is no value',
    shown: selects('Patient', [{ id: 'with', gender: 'male' }, { id: 'without' }, { id: 'only-extension', _gender: { extension: [{ url: 'urn:example', valueString: 'x' }] } }], { 'gender:missing=true': ['only-extension', 'without'], 'gender:missing=false': ['with'] }),
  },
  {
    section: 'modifiers', level: 'must', text: 'a modifier that a parameter does not have is refused with 400, also with handling=lenient',
    shown: async (server) => {
      for (const search of ['name:loud=x', 'birthdate:exact=2000', 'gender:exact=male', '_id:contains=x', 'organization:above=x']) {
        const answer = await server.get(`Patient?${search}`, { Prefer: 'handling=lenient' });
        refused(answer, answer.status);
        expect([400, 501]).toContain(answer.status);
      }
    },
  },
  {
    section: 'prefix', level: 'must', text: 'numbers, dates and quantities take eq (the default), ne, gt, lt, ge, le, sa, eb and ap',
    shown: async (server) => {
      for (const prefix of ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']) {
        for (const search of [`Patient?birthdate=${prefix}2000`, `RiskAssessment?probability=${prefix}0.5`, `Observation?value-quantity=${prefix}5.4`]) expect([search, await statusOf(server.get(search))]).toEqual([search, 200]);
      }
    },
  },
  {
    section: 'prefix', level: 'must', text: 'ranges are compared: overlap, containment, before and after (a Period of a month)',
    shown: selects('Encounter', [encounter('march', '2013-03-01', '2013-03-31')], {
      'date=2013-03': ['march'], 'date=2013-03-14': [], 'date=ne2013-03': [], 'date=ne2013-03-14': ['march'], 'date=gt2013-03-14': ['march'], 'date=lt2013-03-14': ['march'], 'date=ge2013-03-30': ['march'], 'date=gt2013-03-31': [],
      'date=sa2013-02': ['march'], 'date=sa2013-03-14': [], 'date=eb2013-04': ['march'], 'date=eb2013-03-14': [], 'date=le2013-02': [],
    }),
  },
  {
    section: 'number', level: 'must', text: 'a number finds within the precision that its digits imply: 100, 100.00, 1e2',
    shown: selects('RiskAssessment', [risk('n99.4', 99.4), risk('n99.5', 99.5), risk('n100', 100), risk('n100.004', 100.004), risk('n104', 104)], {
      'probability=100': ['n100', 'n100.004', 'n99.5'], 'probability=100.00': ['n100', 'n100.004'], 'probability=1e2': ['n100', 'n100.004', 'n104', 'n99.4', 'n99.5'],
    }),
  },
  {
    section: 'number', level: 'must', text: 'with lt, le, gt, ge, sa and eb a number is exact',
    shown: selects('RiskAssessment', [risk('below', 0.799), risk('equal', 0.8), risk('above', 0.801)], {
      'probability=gt0.8': ['above'], 'probability=ge0.8': ['above', 'equal'], 'probability=lt0.8': ['below'], 'probability=le0.8': ['below', 'equal'], 'probability=sa0.8': ['above'], 'probability=eb0.8': ['below'], 'probability=gt8e-1': ['above'], 'probability=ne0.800': ['above', 'below'],
    }),
  },
  {
    section: 'number', level: 'may', text: 'whole numbers are found exactly',
    shown: selects('MolecularSequence', [1, 2, 3].map((windowStart) => ({ id: `start-${windowStart}`, coordinateSystem: 0, referenceSeq: { referenceSeqString: 'A', windowStart, windowEnd: 9 } })), { 'window-start=2': ['start-2'], 'window-start=gt2': ['start-3'], 'window-start=2.5': [] }),
  },
  {
    section: 'number', level: 'should', text: 'ap finds within a tenth',
    shown: selects('RiskAssessment', [risk('ap89', 89), risk('ap91', 91), risk('ap109', 109), risk('ap111', 111)], { 'probability=ap100': ['ap109', 'ap91'] }),
  },
  {
    section: 'date', level: 'must', text: 'a date of any precision is an interval, on both sides',
    shown: selects('Patient', [{ id: 'born-day', birthDate: '2013-01-14' }, { id: 'born-month', birthDate: '2013-01' }, { id: 'born-year', birthDate: '2013' }], {
      'birthdate=2013': ['born-day', 'born-month', 'born-year'], 'birthdate=2013-01': ['born-day', 'born-month'], 'birthdate=2013-01-14': ['born-day'], 'birthdate=ne2013-01': ['born-year'],
    }),
  },
  {
    section: 'date', level: 'must', text: 'times of a day are within it: 00:00 and 10:00 of it, not 00:00 of the next',
    shown: selects('Encounter', ['2013-01-14T00:00:00Z', '2013-01-14T10:00:00Z', '2013-01-15T00:00:00Z'].map((time, n) => encounter(`time-${n}`, time, time)), {
      'date=2013-01-14T00:00:00Z': ['time-0'], 'date=ge2013-01-14T10:00Z': ['time-1', 'time-2'], 'date=eq2013-01-14': ['time-0', 'time-1'], 'date=ne2013-01-14': ['time-2'], 'date=lt2013-01-14T10:00Z': ['time-0'],
    }),
  },
  {
    section: 'date', level: 'must', text: 'a missing bound of a Period is open',
    shown: selects('Encounter', [encounter('from', '2013-01-21'), encounter('until', undefined, '2013-01-21')], {
      'date=ge2013-03-14': ['from'], 'date=le2013-03-14': ['from', 'until'], 'date=sa2013-03-14': [], 'date=sa2013-01-20': ['from'], 'date=eb2013-03-14': ['until'],
    }),
  },
  {
    section: 'date', level: 'must', text: 'only the outer limits of a Timing count',
    shown: selects('ServiceRequest', [{ id: 'timing', status: 'active', intent: 'order', subject: { display: 'x' }, occurrenceTiming: { repeat: { boundsPeriod: { start: '2013-01-31', end: '2013-03-24' }, frequency: 1, period: 2, periodUnit: 'd' } } }], { 'occurrence=ge2013-02-01&occurrence=le2013-02-01': ['timing'], 'occurrence=gt2013-03-25': [] }),
  },
  {
    section: 'date', level: 'must', text: 'minutes stand with hours, seconds may be left out, an escaped colon is one',
    shown: async (server) => {
      expect([await statusOf(server.get('Encounter?date=2013-01-14T10:00Z')), await statusOf(server.get('Encounter?date=2013-01-14T10%3A00%3A00Z')), await statusOf(server.get('Encounter?date=2013-01-14T10')), await statusOf(server.get('Encounter?date=01-14'))]).toEqual([200, 200, 400, 400]);
    },
  },
  {
    section: 'date', level: 'should', text: 'time zones are corrected for',
    shown: selects('Encounter', [encounter('zone', '2013-01-14T23:30:00-05:00', '2013-01-14T23:30:00-05:00')], { 'date=2013-01-15T04:30:00Z': ['zone'], 'date=2013-01-14T23:30:00-05:00': ['zone'], 'date=2013-01-14T23:30:00Z': [] }),
  },
  {
    section: 'date', level: 'may', text: 'two criteria make a span',
    shown: selects('Encounter', ['2009', '2010', '2011', '2012'].map((year) => encounter(`span-${year}`, `${year}-06-01`, `${year}-06-02`)), { 'date=ge2010-01-01&date=le2011-12-31': ['span-2010', 'span-2011'] }),
  },
  {
    section: 'string', level: 'must', text: 'a string finds from the beginning, without case and accents',
    shown: selects('Patient', [{ id: 'eve', name: [{ given: ['Eve'] }] }, { id: 'evelyn', name: [{ given: ['Évelyn'] }] }, { id: 'severine', name: [{ given: ['Severine'] }] }], { 'given=eve': ['eve', 'evelyn'], 'given=EVE': ['eve', 'evelyn'], 'given=évé': ['eve', 'evelyn'] }),
  },
  {
    section: 'string', level: 'must', text: ':contains finds anywhere, :exact the whole text with case and accents',
    shown: selects('Patient', [{ id: 'c-eve', name: [{ given: ['Eve'] }] }, { id: 'c-evelyn', name: [{ given: ['Évelyn'] }] }, { id: 'c-severine', name: [{ given: ['Severine'] }] }], { 'given:contains=eve': ['c-eve', 'c-evelyn', 'c-severine'], 'given:exact=Eve': ['c-eve'], 'given:exact=eve': [], 'given:exact=Évelyn': ['c-evelyn'] }),
  },
  {
    section: 'string', level: 'must', text: 'of a name or an address the strings are searched, not use and period',
    shown: selects('Patient', [{ id: 'hname', name: [{ use: 'official', text: 'Peter Chalmers', period: { start: '2001' } }], address: [{ use: 'home', city: 'Oslo', postalCode: '0150' }] }], { 'name=peter': ['hname'], 'name=official': [], 'address=oslo': ['hname'], 'address=0150': ['hname'], 'address=home': [], 'address-use=home': ['hname'] }),
  },
  { section: 'string', level: 'should', text: 'each part of a family name is found from its beginning', notClaimed: 'names are found from the beginning of the whole part; family:contains finds inside it' },
  { section: 'string', level: 'should', text: 'punctuation is passed over', notClaimed: 'white space is, punctuation is not: it tells identifiers and addresses apart' },
  { section: 'string', level: 'may', text: ':text searches strings with advanced text handling', notClaimed: 'refused with 400' },
  {
    section: 'uri', level: 'must', text: 'a uri finds the whole URI exactly, also a URN',
    shown: selects('ValueSet', [valueSet('uri-1', 'http://acme.example/fhir/ValueSet/123'), valueSet('uri-2', 'urn:oid:1.2.3.4.5')], { 'url=http://acme.example/fhir/ValueSet/123': ['uri-1'], 'url=http://acme.example/fhir/ValueSet/12': [], 'url=http://acme.example/fhir/valueset/123': [], 'url=urn:oid:1.2.3.4.5': ['uri-2'] }),
  },
  {
    section: 'uri', level: 'may', text: ':below finds what begins with the URI, :above what it begins with',
    shown: selects('ValueSet', [valueSet('uri-a', 'http://acme.example/fhir/ValueSet/123'), valueSet('uri-b', 'http://acme.example/fhir/ValueSet/124'), valueSet('uri-c', 'http://acme.example/other')], {
      'url:below=http://acme.example/fhir/': ['uri-a', 'uri-b'], 'url:above=http://acme.example/fhir/ValueSet/123/_history/5': ['uri-a'],
    }),
  },
  {
    section: 'uri', level: 'should', text: 'the |version of a canonical URL is understood where a url parameter is asked',
    shown: selects('ValueSet', [valueSet('ver-1', 'http://acme.example/ValueSet/v', '1.0'), valueSet('ver-2', 'http://acme.example/ValueSet/v', '2.0')], { 'url=http://acme.example/ValueSet/v|2.0': ['ver-2'], 'url=http://acme.example/ValueSet/v': ['ver-1', 'ver-2'] }),
  },
  {
    section: 'quantity', level: 'must', text: 'a quantity finds by number with its precision, and by system and code, unit, or number alone',
    shown: selects('Observation', [observation('mg', { value: 5.4, unit: 'milligram', system: UCUM, code: 'mg' }), observation('near', { value: 5.44, system: UCUM, code: 'mg' }), observation('unit', { value: 5.4, unit: 'mg' }), observation('g', { value: 0.0054, system: UCUM, code: 'g' }), observation('bare', { value: 5.4 })], {
      [`value-quantity=5.4|${UCUM}|mg`]: ['mg', 'near'], [`value-quantity=5.40|${UCUM}|mg`]: ['mg'], 'value-quantity=5.4||mg': ['mg', 'near', 'unit'], 'value-quantity=5.4': ['bare', 'mg', 'near', 'unit'], [`value-quantity=5.40e-3|${UCUM}|g`]: ['g'],
    }),
  },
  {
    section: 'quantity', level: 'must', text: 'a quantity takes the prefixes of numbers',
    shown: selects('Observation', [observation('q5', { value: 5, system: UCUM, code: 'mg' }), observation('q6', { value: 6, system: UCUM, code: 'mg' }), observation('q6g', { value: 6, system: UCUM, code: 'g' })], {
      [`value-quantity=le5.4|${UCUM}|mg`]: ['q5'], [`value-quantity=gt5.4|${UCUM}|mg`]: ['q6'], [`value-quantity=ap5.4|${UCUM}|mg`]: ['q5'], 'value-quantity=gt5.4': ['q6', 'q6g'],
    }),
  },
  { section: 'quantity', level: 'may', text: 'units are converted (canonical units)', notClaimed: 'a unit is found as it was written' },
];
