import type { Handler, Inputs } from '../../src/fhir/operation/operation.js';
import { byPatient } from '../../src/work/remittance/advice/find.js';
import { claimsAnswer, soughtBy } from '../remittance-search.js';
import { wholeDate } from '../whole-date.js';

/** `$searchByPatient` (Da Vinci Postable Remittance 1.0.0). */
export const handle: Handler = async ({ in: inputs }, { resources }) => {
  const sought = soughtBy(inputs);
  const patient = inputs.one('Patient')?.parts as Inputs;
  const found = await byPatient({
    ...sought, patientId: patient.string('PatientID') ?? '', birthDate: wholeDate(patient, 'DateOfBirth') ?? '', firstName: patient.string('FirstName'), lastName: patient.string('LastName'),
  }, resources);
  return claimsAnswer(sought.tin, found, resources);
};
