import type { FhirResource } from 'fhir/r4.js';
import { FhirError } from '../fhir/outcome.js';
import type { ResourceChange, Resources } from '../fhir/resources.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import { SourceError, type SourceAnswer, type SourceClient } from './client/index.js';
import { deadLetter, letterAbout, withoutLetter } from './dead-letter.js';
import { failureIssue } from './issues.js';
import { isGone } from './missing.js';
import { ownOf, WRITTEN } from './merge.js';
import { isPending } from './pending.js';
import type { TypePlan } from './plan.js';
import type { Source } from './source.js';
import { contentHash, SOURCE_SYSTEM, upstreamOf, withUpstream, type Upstream } from './upstream.js';

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
  readonly now: () => Date;
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
 * version that was read (If-Match; where it tells none, it is read again just before). Where it changed the same meanwhile,
 * people decide; what it refuses is a dead letter, and is not sent again until it is changed here; what it will not be
 * brought to say, though it refuses nothing, is one too, and is tried again. One that does not get through keeps no other waiting.
 * @throws {SourceError} the first of those, once all were tried; at once where there is no token
 */
export async function writeBack(source: Source, plans: readonly TypePlan[], client: SourceClient, parts: WriteBackParts): Promise<void> {
  if (!source.writeBack) return;
  let first: SourceError | undefined;
  for (const plan of plans) {
    const way = plan.writes.includes('patch') ? 'patch' : plan.writes.includes('update') ? 'update' : undefined;
    if (!WRITTEN[plan.type] || way === undefined || !plan.mayRead) continue;
    for await (const page of parts.resources.pages<FhirResource>(plan.type, `_tag=${SOURCE_SYSTEM}|${source.id}`, { isPlain: true })) {
      for (const { resourceType, id = '' } of page.filter(isPending)) {
        const failed = await settled(resourceType, id, { way, source, client, parts });
        first ??= failed;
      }
    }
  }
  if (first) throw first;
}

interface Way {
  readonly way: 'patch' | 'update';
  readonly source: Source;
  readonly client: SourceClient;
  readonly parts: WriteBackParts;
}

async function settled(type: FhirResource['resourceType'], id: string, { way, source, client, parts }: Way): Promise<SourceError | undefined> {
  const resource = await parts.resources.read(type, id);
  const known = resource && upstreamOf(resource);
  if (!resource || !known || !isPending(resource)) return undefined;
  const version = resource.meta?.versionId;
  const letter = `write ${known.target}`;
  const stood = await letterAbout(source, letter, parts.resources);
  if (stood?.version !== undefined && stood.version === version) return undefined;
  const refused = (about: string | undefined, text: string): Promise<void> => note([deadLetter(source, letter, about, [failureIssue('refused', text)], parts.now())], parts);
  try {
    const agreed = await agree(resource, known, { way, source, client, parts });
    if (!agreed) {
      parts.log({ level: 'error', event: 'not written back', source: source.id, type, code: 'refused', status: 0 });
      if (!stood || stood.version !== undefined) await refused(undefined, `The source says something else after ${MEETINGS} tries to write this`);
    } else if (agreed.length > 0) await note([...agreed, ...(stood ? [withoutLetter(source, letter)] : [])], parts);
  } catch (error) {
    if (!(error instanceof SourceError) || error.failure === 'unauthorized') throw error;
    parts.log({ level: 'error', event: 'not written back', source: source.id, type, code: error.failure, status: error.status ?? 0 });
    if (error.failure !== 'refused') return error;
    await refused(version, `The source does not take this (${error.status ?? ''})`);
  }
  return undefined;
}

/** What is to be noted once both say the same, or where they contradict each other; nothing of what is not there any more; undefined: it was tried in vain. */
async function agree(resource: FhirResource, known: Upstream, { way, source, client, parts }: Way): Promise<readonly ResourceChange[] | undefined> {
  const [type = '', id = ''] = known.target.split('/');
  const here = ownOf(resource);
  for (let meetings = 1; meetings <= MEETINGS; meetings++) {
    const answer = await present(type, id, client);
    if (!answer) return [];
    const there = ownOf(answer.resource);
    if (there !== here && there !== known.stated) return parts.conflict({ source, resource, here, there, version: answer.resource.meta?.versionId });
    if (there !== here && !(await sent(answer, resource, way, client))) continue;
    return [{ put: Object.assign(resource, { meta: withUpstream(resource.meta, { ...known, stated: here }) }), expectVersion: Number(resource.meta?.versionId) }];
  }
  return undefined;
}

/** Undefined where it is gone: that what is ours of it leads nowhere is no refusal. */
async function present(type: string, id: string, client: SourceClient): Promise<SourceAnswer<FhirResource> | undefined> {
  try {
    return await client.read<FhirResource>(type, id);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** False where the source changed it since it was read (Oracle says 409, others 412), or does not say what it made of it (204): it is read again. */
async function sent({ resource: theirs, etag }: SourceAnswer<FhirResource>, ours: FhirResource, way: 'patch' | 'update', client: SourceClient): Promise<boolean> {
  const { resourceType: type, id = '' } = theirs;
  if (etag === undefined) {
    const again = await present(type, id, client);
    if (!again || !isSame(again.resource, theirs)) return false;
  }
  const headers: Record<string, string> = etag === undefined ? {} : { 'If-Match': etag };
  const [now, next] = [theirs, ours] as unknown as [Record<string, unknown>, Record<string, unknown>];
  const changed = (WRITTEN[ours.resourceType] ?? []).filter((element) => JSON.stringify(now[element]) !== JSON.stringify(next[element]));
  try {
    if (way === 'patch') await client.patch(type, id, changed.flatMap((element) => operations(element, now[element], next[element])) as never, headers);
    else await client.update(Object.assign(theirs, Object.fromEntries(changed.map((element) => [element, next[element]]))), headers);
    return true;
  } catch (error) {
    if (error instanceof SourceError && (error.status === 409 || error.status === 412 || (error.failure === 'unreadable' && isDone(error)))) return false;
    throw error;
  }
}

const isDone = ({ status = 0 }: SourceError): boolean => status >= 200 && status < 300;

const isSame = (a: FhirResource, b: FhirResource): boolean => a.meta?.versionId === b.meta?.versionId && contentHash(a) === contentHash(b);

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
