import type { Basic, FhirResource, Meta, OperationOutcome, Provenance } from 'fhir/r4.js';
import { FhirError, toOutcome, type Issue } from '../fhir/outcome.js';
import type { ResourceChange, Resources } from '../fhir/resources.js';
import { structureDefinition } from '../claims/canonical.js';
import { madeId } from './checkpoint.js';
import { localId } from './identity.js';
import { keepOwn, keepWritten, ownOf } from './merge.js';
import { isPending } from './pending.js';
import { localize, type Locate } from './references.js';
import type { Source } from './source.js';
import { contentHash, isPartial, SYNC_SYSTEM, upstreamOf, withTags, withUpstream, type Upstream } from './upstream.js';

/** What is known while resources of a source are taken. */
export interface IntakeContext {
  readonly source: Source;
  readonly resources: Resources;
  /** Of the run; stands in `meta.source`. */
  readonly run: string;
  readonly now: () => Date;
  readonly locate: Locate;
  /** `Type/id` there of what could not be taken before. */
  readonly dead: ReadonlySet<string>;
  /** What else a source's resource needs before it is stored, in place (a payer's decision: whose it is). */
  readonly complete: (resource: FhirResource) => Promise<void>;
}

/** What one resource of a source comes to. */
export type Taken =
  | { readonly kind: 'unchanged'; readonly target: string }
  | { readonly kind: 'written'; readonly target: string; readonly changes: readonly ResourceChange[]; readonly put: FhirResource }
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
  // What is known here under another id carries its address there as an identifier.
  const ours = localId(source.base, type, remote);
  const id = (await locate({ type, id: remote }))?.split('/')[1] ?? ours;
  const stood = await resources.read(type, id);
  const known = stood && upstreamOf(stood);
  // What a payer says of somebody whom we know is not truer than what the clinic knows.
  if (stood && source.kind === 'payer' && id !== ours) return { kind: 'unchanged', target };
  const comes: Upstream = {
    target, version: resource.meta?.versionId, lastUpdated: resource.meta?.lastUpdated, hash: contentHash(resource), missingSince: undefined, isIncomplete: isPartial(resource), stated: source.writeBack ? ownOf(resource) : undefined,
  };
  if (known && !isNews(known, comes)) return { kind: 'unchanged', target };
  const { isUnresolved } = await localize(resource, source.base, locate);
  if (stood) keepOwn(stood, resource);
  const isOnItsWay = source.writeBack && stood !== undefined && isPending(stood);
  if (isOnItsWay) keepWritten(stood, resource);
  await context.complete(resource);
  const meta = ofClient(resource.meta);
  const put: FhirResource = Object.assign(resource, { id, meta: { ...withUpstream(meta, isOnItsWay ? { ...comes, stated: known?.stated } : comes), source: `${source.base}/${target}#${context.run}`, tag: withTags(meta.tag, source.id, isUnresolved) } });
  const healed = context.dead.has(target) ? [{ delete: { type: 'Basic', id: deadLetterId(source, target) } }] : [];
  return { kind: 'written', target, put, changes: [{ put, expectVersion: Number(stood?.meta?.versionId ?? 0) }, ...healed] };
}

/** Without what the store states itself. */
const ofClient = ({ versionId: _version, lastUpdated: _updated, ...meta }: Meta = {}): Meta => meta;

/** Whether what comes says something else than what is known, and is not older. */
function isNews(known: Upstream, comes: Upstream): boolean {
  if (isOlder(comes, known)) return false;
  if (comes.isIncomplete && !known.isIncomplete && known.missingSince === undefined) return false;
  return known.missingSince !== undefined || comes.hash !== known.hash;
}

const isOlder = (a: Upstream, b: Upstream): boolean => a.lastUpdated !== undefined && b.lastUpdated !== undefined && Date.parse(a.lastUpdated) < Date.parse(b.lastUpdated);

/** Of several of the same, the one that the source changed last. */
export function newestOfEach(resources: readonly FhirResource[]): FhirResource[] {
  const newest = new Map<string, FhirResource>();
  for (const resource of resources) {
    const key = `${resource.resourceType}/${resource.id ?? ''}`;
    const other = newest.get(key);
    if (!other || !isBefore(resource, other)) newest.set(key, resource);
  }
  return [...newest.values()];
}

function isBefore(a: FhirResource, b: FhirResource): boolean {
  const [at, bt] = [Date.parse(a.meta?.lastUpdated ?? ''), Date.parse(b.meta?.lastUpdated ?? '')];
  if (!Number.isNaN(at) && !Number.isNaN(bt) && at !== bt) return at < bt;
  return Number(a.meta?.versionId) < Number(b.meta?.versionId);
}

/** Marks what the source does not have any more, and deletes nothing. */
export function missing(stood: FhirResource, known: Upstream, at: Date): ResourceChange {
  return { put: { ...stood, meta: withUpstream(stood.meta, { ...known, missingSince: at.toISOString() }) }, expectVersion: Number(stood.meta?.versionId) };
}

const DEAD_LETTER = structureDefinition('sync-dead-letter');
export const deadLetterId = (source: Source, target: string): string => madeId('dead letter', source.base, target);

/** What could not be taken, and why; the resource itself stays where it is. */
export function deadLetter(source: Source, resource: FhirResource, target: string, issues: readonly Issue[], at: Date): ResourceChange {
  const outcome: OperationOutcome = { ...toOutcome(issues), id: 'outcome' };
  const version = resource.meta?.versionId;
  const basic: Basic = {
    resourceType: 'Basic',
    id: deadLetterId(source, target),
    contained: [outcome],
    extension: [{
      url: DEAD_LETTER,
      extension: [{ url: 'target', valueString: target }, ...(version === undefined ? [] : [{ url: 'version', valueString: version }]), { url: 'at', valueInstant: at.toISOString() }, { url: 'outcome', valueReference: { reference: '#outcome' } }],
    }],
    code: { coding: [{ system: SYNC_SYSTEM, code: 'dead-letter' }] },
    subject: { reference: `Endpoint/${source.id}` },
  };
  return { put: basic };
}

/** `Type/id` of the dead letters of a source. */
export async function deadLetters(source: Source, resources: Pick<Resources, 'pages'>): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const page of resources.pages<Basic>('Basic', `code=${SYNC_SYSTEM}|dead-letter&subject=Endpoint/${source.id}`)) {
    for (const { extension = [] } of page) found.add(extension.find(({ url }) => url === DEAD_LETTER)?.extension?.find(({ url }) => url === 'target')?.valueString ?? '');
  }
  return found;
}

/** Where a page of changes came from: the versions of the source that were taken (R4 Provenance). */
export function provenanceOf(written: readonly (Taken & { readonly kind: 'written' })[], { source, run, now }: Pick<IntakeContext, 'source' | 'run' | 'now'>): Provenance {
  const taken = written.map(({ put, target }) => ({ put, target, version: upstreamOf(put)?.version }));
  return {
    resourceType: 'Provenance',
    id: madeId('provenance', run, ...taken.map(({ target, version = '' }) => `${target}/${version}`)),
    target: taken.map(({ put }) => ({ reference: `${put.resourceType}/${put.id ?? ''}` })),
    recorded: now().toISOString(),
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'UPDATE' }] },
    agent: [{
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] },
      who: { ...(source.clientId === undefined ? {} : { identifier: { system: source.base, value: source.clientId } }), display: 'Cobalt $sync' },
    }],
    entity: taken.map(({ target, version }) => ({ role: 'source', what: { reference: `${source.base}/${target}${version === undefined ? '' : `/_history/${version}`}` } })),
  };
}

/** The issues of a resource that can't be stored; the error itself where it is none of that kind. */
export function issuesOf(error: unknown): readonly Issue[] {
  if (error instanceof FhirError && (error.status === 422 || error.status === 400)) return error.issues;
  throw error;
}
