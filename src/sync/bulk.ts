import { createGunzip } from 'node:zlib';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { parseExact } from '../fhir/json/exact.js';
import { FhirError } from '../fhir/outcome.js';
import type { ResourceChange } from '../fhir/resources.js';
import { retryAfter, type OutboundStream } from '../outbound/index.js';
import { SourceError } from './client/index.js';
import { missing } from './intake.js';
import { localId } from './identity.js';
import { matchesOf, meeting, store, type Lane, type Traversal } from './lane.js';
import { beginOf } from './moments.js';
import type { SyncType } from './source.js';
import { upstreamOf } from './upstream.js';

/** The lane of all types that come in one export. */
export const EXPORT_LANE = 'export';

/** Lines written together. */
const AT_ONCE = 200;
/** A line is one resource; the store takes none that is larger. */
const MOST_LINE = 10_000_000;
/** An export that is not ready after so many looks is asked about again by the next run. */
const MOST_LOOKS = 120;
const FIRST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 60_000;

interface Manifest {
  readonly transactionTime: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly File[];
  readonly deleted: readonly File[];
  /** Where it goes on, in parts. */
  readonly next: string | undefined;
}

interface File {
  readonly type: string;
  readonly url: string;
}

/**
 * What changed of a Group's members, or all of it, as files (Bulk Data Access 2, Group/[id]/$export). The address of the
 * export is kept: after a crash the same files are gone on with, at the line that was written last.
 */
export const bulk = (types: readonly SyncType[]): Traversal => async (_plan, lane) => {
  const status = lane.journal.checkpoint.cursor ?? (await kickOff(types, lane));
  let manifest: Manifest;
  try {
    manifest = await ready(status, lane);
  } catch (error) {
    // The source has forgotten the export: the next run asks for another one.
    if (error instanceof SourceError && error.failure === 'refused') await lane.journal.write([], { cursor: undefined, position: undefined, until: undefined });
    throw error;
  }
  await lane.journal.write([], { until: instant(manifest.transactionTime) });
  const files = [...manifest.output.map((file) => ({ ...file, isDeleted: false })), ...manifest.deleted.map((file) => ({ ...file, isDeleted: true }))];
  const [done = 0, lines = 0] = (lane.journal.checkpoint.position ?? '').split(':').map(Number);
  for (const [number, file] of files.entries()) {
    if (number < done || !(file.isDeleted || types.includes(file.type as SyncType))) continue;
    await takeFile(file, number, number === done ? lines : 0, manifest.requiresAccessToken, new Set(types), lane);
  }
  await lane.client.ask({ method: 'DELETE', url: status }).catch((error: unknown) => {
    if (!(error instanceof SourceError)) throw error;
  });
  return { highWater: lane.journal.checkpoint.until, ...(lane.journal.checkpoint.isFull ? { lastFull: lane.now().toISOString() } : {}) };
};

async function kickOff(types: readonly SyncType[], { client, journal, source }: Lane): Promise<string> {
  const { isFull, highWater } = journal.checkpoint;
  const since = isFull ? undefined : beginOf(highWater)['_lastUpdated']?.slice('ge'.length);
  const query = new URLSearchParams({ _type: types.join(), _outputFormat: 'application/fhir+ndjson', ...(since === undefined ? {} : { _since: since }) });
  const answer = await client.ask({ method: 'GET', url: `${source.base}/Group/${source.group ?? ''}/$export?${query.toString()}`, headers: { Accept: 'application/fhir+json', Prefer: 'respond-async' } });
  const status = answer.headers['content-location'];
  if (answer.status !== 202 || status === undefined) throw new SourceError('unreadable', 'The source took the export and does not say where it is', { status: answer.status });
  const url = new URL(status, `${source.base}/`).toString();
  if (!client.isOwn(url)) throw new SourceError('foreign', 'The source makes its export on another host: it was not followed');
  await journal.write([], { cursor: url });
  return url;
}

/** Looks until it is ready, as often as the source says, else less and less often. */
async function ready(status: string, { client, mayGoOn, journal, sleep }: Lane): Promise<Manifest> {
  for (let look = 1, wait = FIRST_LOOK_MS; look <= MOST_LOOKS; look++, wait = Math.min(LONGEST_LOOK_MS, wait * 2)) {
    mayGoOn();
    const answer = await client.ask({ method: 'GET', url: status, headers: { Accept: 'application/json' } });
    if (answer.status === 200) return whole(manifestIn(answer.body), client);
    await sleep(Math.min(LONGEST_LOOK_MS, retryAfter(answer.headers) ?? wait));
    await journal.write([], {});
  }
  throw new SourceError('unreachable', 'The export is not ready yet: it is asked about again');
}

/** A manifest that comes in parts (Bulk Data Access 2, `link` next), as one. */
async function whole(first: Manifest, client: Lane['client']): Promise<Manifest> {
  let manifest = first;
  const asked = new Set<string>();
  while (manifest.next !== undefined && !asked.has(manifest.next)) {
    asked.add(manifest.next);
    const part = manifestIn((await client.ask({ method: 'GET', url: manifest.next, headers: { Accept: 'application/json' } })).body);
    manifest = { ...part, transactionTime: first.transactionTime, output: [...manifest.output, ...part.output], deleted: [...manifest.deleted, ...part.deleted] };
  }
  return manifest;
}

function manifestIn(body: Uint8Array): Manifest {
  const value = parsed(Buffer.from(body).toString('utf8')) as (Partial<Manifest> & { readonly link?: unknown }) | undefined;
  if (value === undefined || instant(value.transactionTime) === undefined || !Array.isArray(value.output)) throw new SourceError('unreadable', 'The export has no manifest');
  const files = (list: unknown): File[] => (Array.isArray(list) ? (list as Partial<File>[]).flatMap(({ type, url }) => (typeof type === 'string' && typeof url === 'string' ? [{ type, url }] : [])) : []);
  const links = Array.isArray(value.link) ? (value.link as { readonly relation?: string; readonly url?: string }[]) : [];
  return { transactionTime: value.transactionTime ?? '', requiresAccessToken: value.requiresAccessToken === true, output: files(value.output), deleted: files(value.deleted), next: links.find(({ relation }) => relation === 'next')?.url };
}

async function takeFile(file: File & { readonly isDeleted: boolean }, number: number, skip: number, withToken: boolean, types: ReadonlySet<string>, lane: Lane): Promise<void> {
  const stream = await lane.client.file(file.url, withToken);
  let line = 0;
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    lane.mayGoOn();
    const position = `${number}:${line}`;
    await meeting(async () => {
      const resources = lines.map((text) => parsed(text)).filter((each) => each !== undefined);
      const unreadable = lines.length - resources.length;
      if (unreadable > 0) lane.log({ level: 'error', event: 'lines of an export unreadable', source: lane.source.id, lines: unreadable });
      if (file.isDeleted) await lane.journal.write((await Promise.all(resources.map((bundle) => gone(bundle as Bundle, lane)))).flat(), { position });
      else await store(matchesOf({ resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) }, types, lane), lane, { position });
    });
    lines = [];
  };
  try {
    for await (const text of linesOf(stream)) {
      line++;
      if (line <= skip || text.trim() === '') continue;
      lines.push(text);
      if (lines.length >= AT_ONCE) await flush();
    }
  } catch (error) {
    if (error instanceof Error && ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'Z_BUF_ERROR', 'Z_DATA_ERROR'].includes((error as { code?: string }).code ?? '')) throw new SourceError('unreachable', 'A file of the export broke off');
    throw error;
  } finally {
    stream.body.destroy();
  }
  await flush();
  await lane.journal.write([], { position: `${number + 1}:0` });
}

async function* linesOf({ headers, body }: OutboundStream): AsyncGenerator<string> {
  const source = headers['content-encoding'] === 'gzip' ? body.pipe(createGunzip()) : body;
  if (source !== body) body.on('error', (error) => source.destroy(error));
  let left = '';
  for await (const chunk of source.setEncoding('utf8') as AsyncIterable<string>) {
    const parts = (left + chunk).split('\n');
    left = parts.pop() ?? '';
    if (left.length > MOST_LINE) throw new SourceError('unreadable', 'A line of the export is larger than any resource');
    yield* parts;
  }
  if (left !== '') yield left;
}

/** What a Bundle of deletions names (Bulk Data Access 2, `deleted`), marked as it stands here. */
async function gone({ entry }: Bundle, { resources, source, now }: Lane): Promise<ResourceChange[]> {
  const changes: ResourceChange[] = [];
  for (const { request } of entry ?? []) {
    const [, type, id] = request?.method === 'DELETE' ? (/^(?:.*\/)?([A-Z]\w+)\/([A-Za-z0-9.-]+)$/.exec(request.url) ?? []) : [];
    const stood = type === undefined || id === undefined ? undefined : await resources.read(type as FhirResource['resourceType'], localId(source.base, type, id));
    const known = stood && upstreamOf(stood);
    if (stood && known && known.missingSince === undefined) changes.push(missing(stood, known, now()));
  }
  return changes;
}

function parsed(text: string): FhirResource | undefined {
  try {
    const value = parseExact(text);
    return typeof value === 'object' && value !== null ? (value as FhirResource) : undefined;
  } catch (error) {
    if (error instanceof FhirError) return undefined;
    throw error;
  }
}

const instant = (text: string | undefined): string | undefined => (Number.isNaN(Date.parse(text ?? '')) ? undefined : new Date(text ?? '').toISOString());
