import type { FhirResource, Patient } from 'fhir/r4.js';
import type { ResourceChange } from '../fhir/resources.js';
import { SourceError } from './client/index.js';
import { healed, isAboutOne, refusal, withoutLetter } from './dead-letter.js';
import { missing, take, type IntakeContext } from './intake.js';
import { NO_ROWS, write, type Lane } from './lane.js';
import type { TypePlan } from './plan.js';
import { SOURCE_SYSTEM, UNRESOLVED, upstreamOf, withTags } from './upstream.js';

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
    if (isGone(error)) return [...(await gone(resource, error, lane)), ...healed(known.target, lane)];
    if (!isAboutOne(error)) throw error;
    // Not allowed: nothing is known about it. Not to be had though it should be: somebody has to look.
    return error.failure === 'refused' ? [] : (refusal(known.target, error, lane).changes ?? []);
  }
}

/**
 * After a look at all of a type: what stands here and was not named is asked for, as `confirmMissing`; what stands here
 * from a former address of the source is had from there no more.
 */
export async function markMissing({ type, mayRead }: Pick<TypePlan, 'type' | 'mayRead'>, named: ReadonlySet<string>, lane: Lane): Promise<void> {
  if (!mayRead) return;
  for await (const page of lane.resources.pages<FhirResource>(type, `_tag=${SOURCE_SYSTEM}|${lane.source.id}`, { isPlain: true })) {
    const changes: ResourceChange[] = [];
    for (const resource of page) {
      const known = upstreamOf(resource);
      if (!known || known.missingSince !== undefined) continue;
      if (resource.meta?.source?.startsWith(`${lane.source.base}/`) !== true) changes.push(...(await gone(resource, MOVED, lane)));
      else if (!named.has(known.target.split('/')[1] ?? '')) changes.push(...(await confirmMissing(resource, lane)));
    }
    if (changes.length > 0) await write(NO_ROWS, lane, {}, changes);
  }
  await settleLetters({ type, mayRead }, named, lane);
}

const MOVED = new SourceError('refused', 'The source has another address now', { status: 410 });

/** Takes away the letters of what could not be taken and is not there any more. */
export async function settleLetters({ type, mayRead }: Pick<TypePlan, 'type' | 'mayRead'>, named: ReadonlySet<string>, lane: Lane): Promise<void> {
  if (!mayRead) return;
  for (const [target, state] of lane.dead) {
    const [, id] = new RegExp(`^${type}/([A-Za-z0-9.-]+)$`).exec(target) ?? [];
    if (id === undefined || state === 'protected' || named.has(id)) continue;
    try {
      await lane.client.read(type, id);
    } catch (error) {
      if (isGone(error)) await lane.journal.write([withoutLetter(lane.source, target)], {});
      else if (!isAboutOne(error)) throw error;
    }
  }
}
