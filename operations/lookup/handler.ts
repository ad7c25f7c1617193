import type { Coding } from 'fhir/r4.js';
import type { Handler, Inputs } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { lookUp } from '../../src/fhir/terminology/index.js';
import { mustBeEnglish, soughtCodeSystem, withVersion } from '../expand/sought.js';

/** `$lookup` (R4 §4.8.18.1): what a code means. */
export const handle: Handler = async ({ in: inputs }, context) => {
  mustBeEnglish(inputs);
  const { system, code, at } = askedCode(inputs);
  const found = lookUp(await soughtCodeSystem(system, at.system, context), code, inputs.all('property').map(({ value }) => String(value)));
  if (!found) throw errors.notFound('The code system has no such code', at.code);
  return { out: { ...found } };
};

interface AskedCode {
  /** Perhaps with a version. */
  readonly system: string;
  readonly code: string;
  /** Where each was sent. */
  readonly at: { readonly system: string | undefined; readonly code: string | undefined };
}

/** @throws {FhirError} 400 unless there are a code and its system, in one way. */
function askedCode(inputs: Inputs): AskedCode {
  const coding = inputs.one('coding');
  if (coding && (inputs.has('code') || inputs.has('system'))) throw errors.invalid('Send code and system, or coding, not both', coding.expression);
  const { system, code, version } = coding ? (coding.value as Coding) : { system: inputs.string('system'), code: inputs.string('code'), version: inputs.string('version') };
  if (code === undefined || system === undefined) throw errors.required('A code and its system are needed', coding?.expression);
  const at = coding ? { system: `${coding.expression}.system`, code: `${coding.expression}.code` } : { system: inputs.one('system')?.expression, code: inputs.one('code')?.expression };
  return { system: withVersion(system, version ?? inputs.string('version')), code, at };
}
