/** What of a remittance R4 has no element for: kept as the segment that it came in, so that nothing is lost or guessed. */
import type { Extension } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';

/** Extension `remittance-segment`. */
export const segmentExtensions = (segments: readonly string[]): Extension[] =>
  segments.map((text) => ({ url: structureDefinition('remittance-segment'), valueString: text }));
