import type { FhirResource } from 'fhir/r4.js';
import { FhirError } from '../fhir/outcome.js';
import type { ResourceChange, Resources } from '../fhir/resources.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import { SourceError, type SourceAnswer, type SourceClient } from './client/index.js';
import { isGone } from './missing.js';
import { ownOf, WRITTEN } from './merge.js';
import { isPending } from './pending.js';
import type { TypePlan } from './plan.js';
import type { Source } from './source.js';
import { SOURCE_SYSTEM, upstreamOf, withUpstream } from './upstream.js';

/** What a source and we have both changed since we last agreed. Texts are JSON of the elements that are written back. */
export interface Conflict {
  readonly source: Source;
  /** As it stands here. */
  readonly resource: FhirResource;
  readonly here: string;
  readonly there: string;
  /** The source's version. */
  readonly version: string | undefined;
}

export interface WriteBackParts {
  readonly resources: Resources;
  readonly log: (entry: LogEntry) => void;
  /** What is written where people have to decide: the same conflict, the same Task. */
  readonly conflict: (conflict: Conflict) => readonly ResourceChange[];
}

/** So often it is tried while others change the same at the source. */
const MEETINGS = 3;

/**
 * Writes what we own of a source's resources back to it, where the Endpoint says so and its CapabilityStatement lets us.
 * There is no list of what is to be sent: it is whatever stands here otherwise than the source last said or took, so that
 * a crash, or an answer that never came, leaves nothing behind; the source is read before each write, and written over the
 * version that was read (If-Match). Where it changed the same meanwhile, people decide.
 */
export async function writeBack(source: Source, plans: readonly TypePlan[], client: SourceClient, parts: WriteBackParts): Promise<void> {
  if (!source.writeBack) return;
  for (const plan of plans) {
    const way = plan.writes.includes('patch') ? 'patch' : plan.writes.includes('update') ? 'update' : undefined;
    if (!WRITTEN[plan.type] || way === undefined || !plan.mayRead) continue;
    for await (const page of parts.resources.pages<FhirResource>(plan.type, `_tag=${SOURCE_SYSTEM}|${source.id}`)) {
      for (const resource of page.filter(isPending)) await settled(resource, way, source, client, parts);
    }
  }
}

async function settled(resource: FhirResource, way: 'patch' | 'update', source: Source, client: SourceClient, parts: WriteBackParts): Promise<void> {
  const known = upstreamOf(resource);
  const [type = '', id = ''] = known?.target.split('/') ?? [];
  if (!known) return;
  const here = ownOf(resource);
  try {
    for (let meetings = 1; ; meetings++) {
      const answer = await client.read<FhirResource>(type, id);
      const there = ownOf(answer.resource);
      if (there !== here && there !== known.stated) return await note(parts.conflict({ source, resource, here, there, version: answer.resource.meta?.versionId }), parts);
      if (there !== here && !(await sent(answer, resource, way, client)) && meetings < MEETINGS) continue;
      if (there !== here && meetings >= MEETINGS) return;
      return await note([{ put: { ...resource, meta: withUpstream(resource.meta, { ...known, stated: here }) }, expectVersion: Number(resource.meta?.versionId) }], parts);
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (!isGone(error)) parts.log({ level: 'error', event: 'not written back', source: source.id, type, code: error.failure, status: error.status ?? 0 });
  }
}

/** False where the source changed it since it was read: Oracle says 409, others 412. */
async function sent({ resource: theirs, etag }: SourceAnswer<FhirResource>, ours: FhirResource, way: 'patch' | 'update', client: SourceClient): Promise<boolean> {
  const headers: Record<string, string> = etag === undefined ? {} : { 'If-Match': etag };
  const [now, next] = [theirs, ours] as unknown as [Record<string, unknown>, Record<string, unknown>];
  const changed = (WRITTEN[ours.resourceType] ?? []).filter((element) => JSON.stringify(now[element]) !== JSON.stringify(next[element]));
  try {
    if (way === 'patch') await client.patch(theirs.resourceType, theirs.id ?? '', changed.flatMap((element) => operations(element, now[element], next[element])) as never, headers);
    else await client.update(Object.assign(theirs, Object.fromEntries(changed.map((element) => [element, next[element]]))), headers);
    return true;
  } catch (error) {
    if (error instanceof SourceError && (error.status === 409 || error.status === 412)) return false;
    throw error;
  }
}

/** JSON Patch (RFC 6902): nothing is changed but what stood there as it was read. */
const operations = (element: string, now: unknown, next: unknown): object[] => {
  const path = `/${element}`;
  if (now === undefined) return [{ op: 'add', path, value: next }];
  return [{ op: 'test', path, value: now }, next === undefined ? { op: 'remove', path } : { op: 'replace', path, value: next }];
};

/** What was changed here meanwhile is looked at the next time. */
async function note(changes: readonly ResourceChange[], { resources }: WriteBackParts): Promise<void> {
  try {
    await resources.commit(changes, { orInOrder: true });
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 412) throw error;
  }
}
