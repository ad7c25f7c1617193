import type { FhirResource } from 'fhir/r4.js';
import type { ResourceChange } from '../fhir/resources.js';
import { SourceError } from './client/index.js';
import { missing, take } from './intake.js';
import type { Lane } from './lane.js';
import { upstreamOf } from './upstream.js';

/** What the source does not have (any more): not found, or deleted (R4 §3.1.0.3, Epic 4103 and 4107). */
export const isGone = (error: unknown): boolean =>
  error instanceof SourceError && error.failure === 'refused' && (error.status === 404 || error.status === 410 || error.codes.some((code) => code === '4103' || code === '4107'));

/** What a sweep did not find is asked for by itself: it is marked where the source says that it is gone, and taken where it is there after all. */
export async function confirmMissing(resource: FhirResource, lane: Lane): Promise<readonly ResourceChange[]> {
  const known = upstreamOf(resource);
  const [type = '', id = ''] = known?.target.split('/') ?? [];
  if (!known || id === '') return [];
  try {
    const answer = await lane.client.read(type, id);
    const taken = await take(answer.resource, lane);
    return taken.kind === 'unchanged' ? [] : taken.changes;
  } catch (error) {
    if (isGone(error)) return [missing(resource, known, lane.now())];
    // Not allowed, or not to be had now: nothing is known about it.
    if (error instanceof SourceError && error.failure === 'refused') return [];
    throw error;
  }
}
