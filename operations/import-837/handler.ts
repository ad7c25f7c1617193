import type { Handler } from '../../src/fhir/operation/operation.js';
import { importClaims } from '../../src/work/claim-file/import.js';
import { outcomeOf, taking, x12File } from '../x12-file.js';

/** `$import-837`: claims of a file become claims here, each transaction set whole or not at all. */
export const handle: Handler = async ({ in: inputs }, { resources, now, progress }) => {
  const file = x12File(inputs);
  const { claims, findings } = await taking(file, (content) => importClaims(content, { resources, now, progress }));
  return { out: { claim: claims, outcome: outcomeOf(findings, file) } };
};
