import { selects } from '../../asking.js';
import type { SearchStatement } from '../search.js';

const coding = (system: string | undefined, code: string, display?: string) => ({ coding: [{ ...(system ? { system } : {}), code, ...(display ? { display } : {}) }] });
const ACME = 'http://acme.example/conditions/codes';
const V2 = 'http://terminology.hl7.org/CodeSystem/v2-0203';
const condition = (id: string, code?: object) => ({ id, subject: { display: 'x' }, ...(code ? { code } : {}) });
const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

export const tokens: readonly SearchStatement[] = [
  {
    section: 'token', level: 'must', text: '[code], [system]|[code], |[code] and [system]|',
    shown: selects('Condition', [condition('tok-acme', coding(ACME, 'ha125')), condition('tok-other', coding('http://other.example', 'ha125')), condition('tok-none', coding(undefined, 'ha125'))], {
      'code=ha125': ['tok-acme', 'tok-none', 'tok-other'], [`code=${ACME}|ha125`]: ['tok-acme'], 'code=|ha125': ['tok-none'], [`code=${ACME}|`]: ['tok-acme'], [`code=${ACME}|ha126`]: [],
    }),
  },
  {
    section: 'token', level: 'must', text: 'any coding of a CodeableConcept counts',
    shown: selects('Condition', [condition('tok-any', { coding: [{ system: ACME, code: 'a' }, { system: ACME, code: 'b' }] })], { [`code=${ACME}|a`]: ['tok-any'], [`code=${ACME}|b`]: ['tok-any'] }),
  },
  {
    section: 'token', level: 'must', text: 'codes, booleans, identifiers, contact points and strings are tokens, each by its value',
    shown: selects('Patient', [{ id: 'tokens', active: true, gender: 'male', identifier: [{ system: 'http://acme.example/patient', value: '2345' }], telecom: [{ system: 'phone', value: '555' }, { system: 'email', value: 'p@example.org' }] }], {
      'active=true': ['tokens'], 'active=false': [], 'gender=male': ['tokens'], 'identifier=http://acme.example/patient|2345': ['tokens'], 'identifier=2345': ['tokens'], 'telecom=555': ['tokens'], 'phone=555': ['tokens'], 'email=p@example.org': ['tokens'], 'email=555': [],
    }),
  },
  { section: 'token', level: 'should', text: 'a token is found in any case where its system does not say that case matters', notClaimed: 'codes and identifiers are found as they are written: of most systems the server does not know whether case matters' },
  {
    section: 'token', level: 'may', text: ':text finds by the beginning of a text or display',
    shown: selects('Condition', [condition('text', { text: 'Headache, tension type' }), condition('display', coding(ACME, 'h', 'Headache')), condition('neither', coding(ACME, 'headache'))], { 'code:text=headache': ['display', 'text'] }),
  },
  {
    section: 'token', level: 'may', text: ':not finds what has no matching item, and what has none at all',
    shown: selects('Condition', [condition('not-a', coding(ACME, 'a')), condition('not-ab', { coding: [{ code: 'a' }, { code: 'b' }] }), condition('not-b', coding(ACME, 'b')), condition('not-none')], { 'code:not=a': ['not-b', 'not-none'], 'code:not=a,b': ['not-none'] }),
  },
  {
    section: 'token', level: 'may', text: ':in and :not-in ask a value set that the server holds',
    shown: selects('Patient', [{ id: 'in-female', gender: 'female' }, { id: 'in-none' }], { 'gender:in=http://hl7.org/fhir/ValueSet/administrative-gender': ['in-female'], 'gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender': ['in-none'] }),
  },
  {
    section: 'token', level: 'may', text: ':below and :above follow the hierarchy of a code system that the server holds, the code itself among them',
    shown: selects('Coverage', ['EHCPOL', 'DENTAL', 'VISPOL'].map((code) => ({ id: code, status: 'active', beneficiary: { display: 'x' }, payor: [{ display: 'x' }], type: coding(ACT, code) })), {
      [`type:below=${ACT}|DENTAL`]: ['DENTAL'], [`type:above=${ACT}|VISPOL`]: ['VISPOL'],
    }),
  },
  {
    section: 'token', level: 'must', text: ':of-type takes system|code|value of an identifier, all three',
    shown: selects('Patient', [{ id: 'of-mr', identifier: [{ type: coding(V2, 'MR'), value: '446053' }] }, { id: 'of-ss', identifier: [{ type: coding(V2, 'SS'), value: '446053' }] }], { [`identifier:of-type=${V2}|MR|446053`]: ['of-mr'], [`identifier:of-type=${V2}|MR|446054`]: [] }),
  },
  { section: 'mimetype', level: 'may', text: ':below finds a media type with its parameters', notClaimed: 'answered with 501: the server holds no code system of media types' },
];
