import type { Claim, FhirResource } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { FhirError } from '../../src/fhir/outcome.js';
import type { FormStyle } from '../../src/work/paper/draw-form.js';
import { paperPacket, PDF } from '../../src/work/paper/packet.js';

/** `$export-1500`: the claim as the forms that its payer takes by mail, with what the payers before decided. */
export const handle: Handler = async ({ target, in: inputs }, { resources, now }) => {
  const style = (inputs.string('style') ?? 'boxes') as FormStyle;
  const packet = async (claim: Claim, given: readonly FhirResource[]) => ({ content: { type: PDF, body: await paperPacket(claim, given, resources, now().toISOString(), style) } });
  if (target) return packet(target as Claim, []);
  try {
    return await packet(inputs.resource<Claim>('claim') as Claim, inputs.resources('resource'));
  } catch (error) {
    throw error instanceof FhirError ? error.within(inputs.one('claim')?.expression ?? 'Parameters') : error;
  }
};
