import { besideBare, type Case } from './beside-bare.js';
import { importHouseholds, serviceDateOf } from './household.js';
import type { Row } from './table.js';

const HOUSEHOLDS = 1_000;
const SEARCHES: readonly (readonly [name: string, bar: number, path: (patient: string) => string])[] = [
  ['EOBs of a patient with claim, coverage and patient', 0.1, (patient) => `ExplanationOfBenefit?patient=Patient/${patient}&_include=ExplanationOfBenefit:claim&_include=ExplanationOfBenefit:coverage&_include=ExplanationOfBenefit:patient`],
  ['claims of a patient with their decisions', 0.1, (patient) => `Claim?patient=Patient/${patient}&_sort=-created&_revinclude=ExplanationOfBenefit:claim`],
  ['20 EOBs of a day with all that they refer to', 0.08, () => `ExplanationOfBenefit?created=${serviceDateOf(7)}&_count=20&_include=*`],
  ['20 of 444 claims by the name of the patient, with coverage and its beneficiary', 0.015, () => 'Claim?patient:Patient.family=Bench7&_include=Claim:coverage&_include:iterate=Coverage:beneficiary'],
];

/** The searches of claims and decisions with what belongs to them. */
export const benchIncludes = (): Promise<Row[]> =>
  besideBare(async (base) => {
    const [, patient = ''] = await importHouseholds(base, 0, HOUSEHOLDS);
    return SEARCHES.map(([name, bar, path]): Case => ({ name, bar, request: { method: 'GET', path: `/fhir/${path(patient)}` } }));
  });
