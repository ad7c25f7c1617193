/** Loop 2300 as parts of a Claim. */
import type { Claim, ClaimAccident, ClaimDiagnosis, ClaimProcedure, ClaimSupportingInfo, CodeableConcept, Coding, Extension } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { concept } from '../../claims/codes.js';
import { parseAmount, toMoney } from '../../claims/money.js';
import { listed } from '../../claims/write-common.js';
import { UNKNOWN } from '../../claims/write-rows.js';
import { componentsOf, type Delimiters, type Segment } from '../segment.js';
import { readDay, textOf } from '../values.js';
import { amountOf, textIn } from './billed.js';
import { ACCIDENTS, ADMISSION_CODES, DIAGNOSES, NUBC_CODES, PATIENT_PAID, PROCEDURES, SYSTEMS, toFhir } from './codes.js';
import type { KindOf837 } from './kinds.js';
import { own, type Loop } from './loops.js';
import { readPeriod } from './read-lines.js';

/** What CLM and the segments after it say, beside people, payers and services. */
export type ReadClaim = Pick<Claim, 'extension' | 'billablePeriod' | 'payee' | 'accident' | 'diagnosis' | 'procedure' | 'supportingInfo' | 'referral' | 'related'>;

/** Frequencies that extension `claim-frequency` knows. */
const FREQUENCIES: ReadonlySet<string> = new Set(['1', '7', '8']);

export function readClaimParts(loop: Loop, { kind }: KindOf837, delimiters: Delimiters): ReadClaim {
  const clm = loop.segments[0] as Segment;
  const [facility = '', , frequency = ''] = componentsOf(clm, 5, delimiters).map((component) => component.trim());
  const isInstitutional = kind === 'institutional';
  const period = readPeriod(own(loop, 'DTP', '434')[0]);
  const information = [
    ...(isInstitutional ? [info('typeofbill', { system: SYSTEMS.typeOfBill, code: `${facility}${frequency}` }), ...admission(loop), ...nubcCodes(loop, delimiters)] : []),
    ...consents(clm), ...paperwork(loop),
  ];
  const number = textIn(own(loop, 'REF', 'F8')[0], 2);
  const referral = textIn(own(loop, 'REF', '9F')[0], 2);
  return {
    ...listed('extension', extensions(loop, frequency)),
    ...(period ? { billablePeriod: period } : {}),
    payee: { type: concept({ system: SYSTEMS.payeeType, code: textOf(clm, 8) === 'N' ? 'subscriber' : 'provider' }) },
    ...accident(loop, clm, delimiters),
    ...listed('diagnosis', diagnoses(loop, isInstitutional, delimiters)),
    ...listed('procedure', procedures(loop, delimiters)),
    ...listed('supportingInfo', information.map((one, index) => ({ sequence: index + 1, ...one }))),
    ...(referral === '' ? {} : { referral: { identifier: { value: referral } } }),
    ...(number === '' ? {} : { related: [{ relationship: concept({ system: SYSTEMS.relatedClaim, code: 'prior' }), reference: { value: number } }] }),
  };
}

type Information = Omit<ClaimSupportingInfo, 'sequence'>;

const info = (category: string, code: Coding, more: Partial<Information> = {}): Information => ({ category: concept({ system: SYSTEMS.supportingInfo, code: category }), code: concept(code), ...more });
const plainInfo = (code: Coding, more: Partial<Information> = {}): Information => ({ category: concept({ system: SYSTEMS.information, code: 'info' }), code: concept(code), ...more });

function extensions(loop: Loop, frequency: string): Extension[] {
  const paid = amountOf(loop, 'F5');
  return [
    ...(FREQUENCIES.has(frequency) ? [{ url: structureDefinition('claim-frequency'), valueCode: frequency }] : []),
    ...(paid === undefined ? [] : [{ url: PATIENT_PAID, valueMoney: toMoney(paid) }]),
  ];
}

/** CLM07, CLM09, a CLM10 of 5010, and a CLM08 that no payee says. */
const consents = (clm: Segment): Information[] => [
  { system: SYSTEMS.assignment, code: textOf(clm, 7) },
  ...(textOf(clm, 8) === 'W' ? [{ system: SYSTEMS.benefits, code: 'W' }] : []),
  { system: SYSTEMS.release, code: textOf(clm, 9) },
  ...(textOf(clm, 10) === 'P' ? [{ system: SYSTEMS.signature, code: 'P' }] : []),
].filter(({ code }) => code !== '').map((code) => plainInfo(code));

/** CLM11 and DTP*439. */
function accident(loop: Loop, clm: Segment, delimiters: Delimiters): Pick<Claim, 'accident'> {
  const [cause = '', ...more] = componentsOf(clm, 11, delimiters);
  const date = readDay(textIn(own(loop, 'DTP', '439')[0], 3));
  if (cause === '' && date === undefined) return {};
  const type = toFhir(ACCIDENTS, cause);
  const state = more[2] ?? '';
  // R4 requires the date, a primitive that may be absent for a reason; the types don't know that.
  const when = (date === undefined ? { _date: { extension: [UNKNOWN] } } : { date }) as Pick<ClaimAccident, 'date'>;
  return {
    accident: {
      ...when,
      ...(type === undefined ? {} : { type: concept({ system: SYSTEMS.actCode, code: type }) }),
      ...(state === '' ? {} : { locationAddress: { state } }),
    },
  };
}

/** HI and DTP*435, CL1. */
function admission(loop: Loop): Information[] {
  const date = readDay(textIn(own(loop, 'DTP', '435')[0], 3).slice(0, 8));
  const [cl1] = own(loop, 'CL1');
  const codes = ADMISSION_CODES.map(({ category, name }, index) => ({ category, code: textIn(cl1, index + 1), system: `${SYSTEMS.nubc}${name}` })).filter(({ code }) => code !== '');
  return [
    ...(date === undefined ? [] : [{ category: concept({ system: SYSTEMS.supportingInfo, code: 'admissionperiod' }), timingPeriod: { start: date } }]),
    ...codes.map(({ category, code, system }) => info(category, { system, code })),
  ];
}

/** HI composites of a claim, split. */
const composites = (loop: Loop, delimiters: Delimiters): (readonly string[])[] =>
  own(loop, 'HI').flatMap((segment) => segment.elements.slice(1).map((_element, index) => componentsOf(segment, index + 1, delimiters).map((component) => component.trim()))).filter(([, code = '']) => code !== '');

function nubcCodes(loop: Loop, delimiters: Delimiters): Information[] {
  return composites(loop, delimiters).flatMap(([qualifier, code = '', , date = '', amount = '']): Information[] => {
    const known = NUBC_CODES.find((one) => one.qualifier === qualifier);
    if (!known) return [];
    const coding = { system: `${SYSTEMS.nubc}${known.name}`, code };
    const [start, end] = [readDay(date.slice(0, 8)), readDay(date.slice(9))];
    const cents = parseAmount(amount === '' ? NaN : Number(amount));
    if (known.with === 'amount') return [plainInfo(coding, cents === undefined ? {} : { valueQuantity: { value: cents / 100 } })];
    if (known.with === 'period') return [plainInfo(coding, start === undefined ? {} : { timingPeriod: { start, ...(end === undefined ? {} : { end }) } })];
    return [plainInfo(coding, known.with === 'date' && start !== undefined ? { timingDate: start } : {})];
  });
}

/** PWK. */
const paperwork = (loop: Loop): Information[] => own(loop, 'PWK').map((pwk) => ({
  category: concept({ system: SYSTEMS.information, code: 'attachment' }),
  code: concept({ system: SYSTEMS.reportType, code: textOf(pwk, 1) }, { system: SYSTEMS.reportTransmission, code: textOf(pwk, 2) }),
  ...(textOf(pwk, 6) === '' ? {} : { valueString: textOf(pwk, 6) }),
}));

function diagnoses(loop: Loop, isInstitutional: boolean, delimiters: Delimiters): ClaimDiagnosis[] {
  const found = composites(loop, delimiters).flatMap((parts) => {
    const [qualifier = '', code = ''] = parts;
    const known = DIAGNOSES.find(({ icd10, icd9 }) => qualifier === icd10 || qualifier === icd9);
    return known ? [{ known, isNinth: qualifier === known.icd9, code, poa: parts[8] ?? '' }] : [];
  });
  return found.map(({ known, isNinth, code, poa }, index) => ({
    sequence: index + 1,
    diagnosisCodeableConcept: concept({ system: isNinth ? SYSTEMS.icd9cm : SYSTEMS.icd10cm, code: isNinth ? code : pointed(code) }),
    ...(isInstitutional ? { type: [diagnosisType(known.type)] } : {}),
    ...(poa === '' ? {} : { onAdmission: concept({ system: 'https://www.nubc.org/CodeSystem/PresentOnAdmissionIndicator', code: poa }) }),
  }));
}

const diagnosisType = (code: string): CodeableConcept => concept({ system: code === 'principal' || code === 'admitting' ? SYSTEMS.diagnosisType : SYSTEMS.c4bbDiagnosisType, code });

/** ICD-10-CM as it is written outside X12: a point after the third character. */
const pointed = (code: string): string => (code.length > 3 && !code.includes('.') ? `${code.slice(0, 3)}.${code.slice(3)}` : code);

function procedures(loop: Loop, delimiters: Delimiters): ClaimProcedure[] {
  const found = composites(loop, delimiters).flatMap(([qualifier, code = '', , date = '']) => {
    const known = PROCEDURES.find(({ icd10, icd9 }) => qualifier === icd10 || qualifier === icd9);
    return known ? [{ type: known.type, system: qualifier === known.icd9 ? SYSTEMS.icd9cm : SYSTEMS.icd10pcs, code, date: readDay(date) }] : [];
  });
  return found.map(({ type, system, code, date }, index) => ({
    sequence: index + 1, type: [concept({ system: SYSTEMS.procedureType, code: type })],
    ...(date === undefined ? {} : { date }), procedureCodeableConcept: concept({ system, code }),
  }));
}
