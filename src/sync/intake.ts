import type { FhirResource, Meta } from 'fhir/r4.js';
import type { ResourceChange, Resources } from '../fhir/resources.js';
import { healed, type DeadLetters } from './dead-letter.js';
import { localId } from './identity.js';
import { keepOwn, keepWritten, statedIn, systemsIn } from './merge.js';
import { isPending } from './pending.js';
import type { Places } from './locate.js';
import { mergesIn, saysOf } from './merges.js';
import { localize } from './references.js';
import type { Source } from './source.js';
import { contentHash, isPartial, upstreamOf, withTags, withUpstream, type Upstream } from './upstream.js';

/** What is known while resources of a source are taken. */
export interface IntakeContext extends Places {
  readonly source: Source;
  readonly resources: Resources;
  /** Of the run; stands in `meta.source`. */
  readonly run: string;
  readonly now: () => Date;
  /** What could not be taken before. */
  readonly dead: DeadLetters;
  /** What else a source's resource needs before it is stored, in place (a payer's decision: whose it is). */
  readonly complete: (resource: FhirResource) => Promise<void>;
}

/** What one resource of a source comes to. */
export type Taken =
  | { readonly kind: 'unchanged'; readonly target: string; readonly changes?: readonly ResourceChange[] }
  | { readonly kind: 'written'; readonly target: string; readonly changes: readonly ResourceChange[]; readonly put: FhirResource; readonly expectVersion: number }
  | { readonly kind: 'failed'; readonly target: string; readonly changes: readonly ResourceChange[] };

/**
 * A resource as the source has it, as ours: under an id that follows from where it comes from, with references to ours,
 * with what was ours before, and with what is known of its source. The same content again, and an older one, change
 * nothing; one that the source held something back of does not take the place of a whole one.
 */
export async function take(resource: FhirResource, context: IntakeContext): Promise<Taken> {
  const { source, resources, locate } = context;
  const { resourceType: type, id: remote = '' } = resource;
  const target = `${type}/${remote}`;
  const { id, isOurs, stands } = await standing(type, remote, context);
  // What a payer says of somebody whom we know is not truer than what the clinic knows.
  if (stands && source.kind === 'payer' && !isOurs) return { kind: 'unchanged', target };
  const comes: Upstream = {
    target, version: resource.meta?.versionId, lastUpdated: resource.meta?.lastUpdated, hash: contentHash(resource), missingSince: undefined, isIncomplete: isPartial(resource), stated: statedIn(resource),
    ...mergesIn(resource, source), systems: systemsIn(resource),
  };
  const before = stands && upstreamOf(stands);
  // What stands may be what could not be taken for a while in between.
  if (before && !isNews(before, comes)) return { kind: 'unchanged', target, changes: isOlder(comes, before) ? [] : healed(target, context) };
  const stood = stands && (await resources.read(type, id));
  const known = stood && upstreamOf(stood);
  const { isUnresolved } = await localize(resource, source, locate);
  if (stood) keepOwn(stood, resource, new Set([...(known?.systems ?? []), ...comes.systems]));
  const isOnItsWay = source.writeBack && stood !== undefined && isPending(stood);
  if (isOnItsWay) keepWritten(stood, resource);
  await context.complete(resource);
  const meta = ofClient(resource.meta);
  const put: FhirResource = Object.assign(resource, { id, meta: { ...withUpstream(meta, isOnItsWay ? { ...comes, stated: known?.stated } : comes), source: `${source.base}/${target}#${context.run}`, tag: withTags(meta.tag, source.id, isUnresolved) } });
  const expectVersion = Number(stood?.meta?.versionId ?? 0);
  return { kind: 'written', target, put, expectVersion, changes: [{ put, expectVersion }, ...healed(target, context)] };
}

/** What is here of it, for a look: under our own id for it, else what carries its address there as an identifier. */
async function standing(type: FhirResource['resourceType'], remote: string, { source, resources, alias }: IntakeContext): Promise<{ readonly id: string; readonly isOurs: boolean; readonly stands: FhirResource | undefined }> {
  const ours = localId(source.base, type, remote);
  const stands = await resources.glance(type, ours);
  const other = stands ? undefined : (await alias({ type, id: remote }))?.split('/')[1];
  return other === undefined ? { id: ours, isOurs: true, stands } : { id: other, isOurs: other === ours, stands: await resources.glance(type, other) };
}

/** Without what the store states itself. */
const ofClient = ({ versionId: _version, lastUpdated: _updated, ...meta }: Meta = {}): Meta => meta;

/** Whether what comes says something else than what is known, and is not older. */
function isNews(known: Upstream, comes: Upstream): boolean {
  if (isOlder(comes, known)) return false;
  if (comes.isIncomplete && !known.isIncomplete && known.missingSince === undefined) return false;
  return known.missingSince !== undefined || comes.hash !== known.hash || (known.isIncomplete && !comes.isIncomplete) || saysOf(known) !== saysOf(comes) || (known.stated === undefined && comes.stated !== undefined);
}

/** By when the source changed them; of the same moment, by their versions, where these are numbers. */
function isOlder(a: Pick<Upstream, 'lastUpdated' | 'version'>, b: Pick<Upstream, 'lastUpdated' | 'version'>): boolean {
  const [at, bt] = [Date.parse(a.lastUpdated ?? ''), Date.parse(b.lastUpdated ?? '')];
  if (!Number.isNaN(at) && !Number.isNaN(bt) && at !== bt) return at < bt;
  return Number(a.version) < Number(b.version);
}

/** Of several of the same, the one that the source changed last. */
export function newestOfEach(resources: readonly FhirResource[]): FhirResource[] {
  const newest = new Map<string, FhirResource>();
  for (const resource of resources) {
    const key = `${resource.resourceType}/${resource.id ?? ''}`;
    const other = newest.get(key);
    if (!other || !isOlder(momentsOf(resource), momentsOf(other))) newest.set(key, resource);
  }
  return [...newest.values()];
}

const momentsOf = ({ meta }: FhirResource): Pick<Upstream, 'lastUpdated' | 'version'> => ({ lastUpdated: meta?.lastUpdated, version: meta?.versionId });

/** Marks what the source does not have any more, and deletes nothing. */
export function missing(stood: FhirResource, known: Upstream, at: Date): { readonly put: FhirResource; readonly expectVersion: number } {
  return { put: { ...stood, meta: withUpstream(stood.meta, { ...known, missingSince: at.toISOString() }) }, expectVersion: Number(stood.meta?.versionId) };
}
