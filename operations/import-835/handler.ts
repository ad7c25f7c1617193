import type { Handler } from '../../src/fhir/operation/operation.js';
import { importRemittances } from '../../src/work/remittance/import.js';
import { outcomeOf, taking, x12File } from '../x12-file.js';

/** `$import-835`: remittances become payments and decisions, each transaction set whole or not at all. */
export const handle: Handler = async ({ in: inputs }, { resources, now, progress }) => {
  const file = x12File(inputs);
  const { reconciliations, adjudications, unmatched, parked, duplicate, findings } = await taking(file, (content) => importRemittances(content, { resources, now, progress }));
  return { out: { reconciliation: reconciliations, adjudication: adjudications, unmatched, parked, duplicate, outcome: outcomeOf(findings, file) } };
};
