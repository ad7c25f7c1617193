import type { FhirResource, Patient } from 'fhir/r4.js';
import type { ResourceChange } from '../fhir/resources.js';
import { SourceError } from './client/index.js';
import { missing, take, type IntakeContext } from './intake.js';
import type { Lane } from './lane.js';
import { UNRESOLVED, upstreamOf, withTags } from './upstream.js';

/** What the source does not have (any more): not found, deleted, or merged into another (R4 §3.1.0.3, Epic 4103 and 4107). */
export const isGone = (error: unknown): error is SourceError =>
  error instanceof SourceError && error.failure === 'refused' && (error.status === 404 || error.status === 410 || error.successor !== undefined || error.codes.some((code) => code === '4103' || code === '4107'));

/** What comes of something that stands here and that the source has not any more. Nothing, where that is known. `resource`: for a look. */
export async function gone({ resourceType, id = '' }: FhirResource, error: SourceError, context: Pick<IntakeContext, 'resources' | 'now' | 'source' | 'locate'>): Promise<ResourceChange[]> {
  const stood = await context.resources.read(resourceType, id);
  const known = stood && upstreamOf(stood);
  if (!stood || !known || known.missingSince !== undefined) return [];
  if (stood.resourceType !== 'Patient' || error.successor === undefined) return [missing(stood, known, context.now())];
  return [missing(await replacedBy(stood, error.successor, context), { ...known, replacedBy: error.successor }, context.now())];
}

/** A patient whom the source has merged into another says so as others do (`Patient.link`, R4 §8.1.5.1): the coverages follow. */
async function replacedBy(patient: Patient, successor: string, { source, locate }: Pick<IntakeContext, 'source' | 'locate'>): Promise<Patient> {
  const [type = '', id = ''] = successor.split('/');
  const here = await locate({ type, id });
  const other = here === undefined ? { type, identifier: { system: source.base, value: successor } } : { reference: here };
  const isUnresolved = here === undefined || patient.meta?.tag?.some(({ code }) => code === UNRESOLVED.code) === true;
  return Object.assign(patient, { meta: { ...patient.meta, tag: withTags(patient.meta?.tag, source.id, isUnresolved) }, link: [...(patient.link ?? []).filter((link) => link.type !== 'replaced-by'), { other, type: 'replaced-by' as const }] });
}

/**
 * What a sweep did not find is asked for by itself: it is marked where the source says that it is gone, and taken where it
 * is there after all. `resource`: as it stands here, for a look.
 */
export async function confirmMissing(resource: FhirResource, lane: Lane): Promise<readonly ResourceChange[]> {
  const known = upstreamOf(resource);
  const [type = '', id = ''] = known?.target.split('/') ?? [];
  if (!known || id === '') return [];
  try {
    const answer = await lane.client.read(type, id);
    const taken = await take(answer.resource, lane);
    return taken.kind === 'written' ? taken.changes : [];
  } catch (error) {
    if (isGone(error)) return gone(resource, error, lane);
    // Not allowed, or not to be had now: nothing is known about it.
    if (error instanceof SourceError && error.failure === 'refused') return [];
    throw error;
  }
}
