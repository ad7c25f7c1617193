import type { FhirResource } from 'fhir/r4.js';
import { ownOf } from './merge.js';
import { upstreamOf } from './upstream.js';

/** Whether something of ours stands otherwise than the source last said. */
export function isPending(resource: FhirResource): boolean {
  const known = upstreamOf(resource);
  return known?.stated !== undefined && known.missingSince === undefined && known.stated !== ownOf(resource);
}
