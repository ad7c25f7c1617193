import { hash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import type { Bundle, FhirResource, Group } from 'fhir/r4.js';
import { parseExact } from '../fhir/json/exact.js';
import { FhirError } from '../fhir/outcome.js';
import type { ResourceChange } from '../fhir/resources.js';
import { retryAfter, type OutboundStream } from '../outbound/index.js';
import type { Checkpoint } from './checkpoint.js';
import { SourceError } from './client/index.js';
import { deadLetter, healed } from './dead-letter.js';
import { remoteTarget } from './identity.js';
import type { Taken } from './intake.js';
import { failureIssue } from './issues.js';
import { matchesOf, meeting, NO_ROWS, rowsOf, withFailures, write, type Lane, type Traversal } from './lane.js';
import { instant, manifestFrom, type Manifest, type ManifestFile } from './manifest.js';
import { gone, markMissing } from './missing.js';
import { beginOf } from './moments.js';
import type { TypePlan } from './plan.js';
import { objectsIn } from './shape.js';
import type { SyncType } from './source.js';

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

/**
 * What changed of a Group's members, or all of it, as files (Bulk Data Access 2, Group/[id]/$export). The address of the
 * export is kept: after a crash the same files are gone on with, at the line that was written last. `_since` leaves out what
 * new members had before they came: where there are some, everything is exported, once for the same members.
 */
export const bulk = (plans: readonly TypePlan[]): Traversal => async (_plan, lane) => {
  const { journal, now } = lane;
  const types = plans.map(({ type }) => type);
  const mayBeBackfilled = types.includes('Patient');
  if (mayBeBackfilled && journal.checkpoint.isFull !== true && journal.checkpoint.cursor === undefined) {
    const absent = await absentMembers(lane);
    if (absent !== undefined && absent !== NOBODY && absent !== journal.checkpoint.members) await journal.write([], { isFull: true });
  }
  const named = await exported(types, lane);
  const { until, isFull } = journal.checkpoint;
  if (isFull !== true) return { highWater: until };
  // Not every source says what it has deleted (`deleted`).
  if (named) for (const plan of plans) await markMissing(plan, named.get(plan.type) ?? new Set(), lane);
  const members = mayBeBackfilled ? await absentMembers(lane) : undefined;
  return { highWater: until, lastFull: now().toISOString(), members };
};

/** One export, from its kick-off, or where it was left, to its end. Answers the ids that it named, by type, where it was gone through in one go and left nothing out. */
async function exported(types: readonly SyncType[], lane: Lane): Promise<Named | undefined> {
  const isResumed = lane.journal.checkpoint.cursor !== undefined;
  const named: Named = new Map(types.map((type) => [type, new Set()]));
  const status = lane.journal.checkpoint.cursor ?? (await kickOff(types, lane));
  let manifest: Manifest;
  try {
    manifest = await ready(status, lane);
  } catch (error) {
    // The source has forgotten the export: the next run asks for another one.
    const refused = error instanceof SourceError && (error.failure === 'refused' || hasFailed(error)) ? error : undefined;
    if (!refused) throw error;
    await lane.journal.write([], { cursor: undefined, position: undefined, until: undefined });
    throw refused.failure === 'refused' ? refused : new SourceError('refused', 'The export failed at the source', { status: refused.status, outcome: refused.outcome });
  }
  await lane.journal.write([], { until: instant(manifest.transactionTime) });
  const files = (['output', 'deleted', 'error'] as const).flatMap((kind) => manifest[kind].map((file) => ({ ...file, kind })));
  const [done = 0, lines = 0] = (lane.journal.checkpoint.position ?? '').split(':').map(Number);
  for (const [number, file] of files.entries()) {
    if (number < done || (file.kind === 'output' && !types.includes(file.type as SyncType))) continue;
    await takeFile(file, number, number === done ? lines : 0, manifest.requiresAccessToken, { types: new Set(types), named }, lane);
  }
  if (manifest.error.length === 0) await lane.journal.write(healed(ERRORS, lane), {});
  await lane.client.ask({ method: 'DELETE', url: status }).catch((error: unknown) => {
    if (!(error instanceof SourceError)) throw error;
  });
  return isResumed || manifest.error.length > 0 ? undefined : named;
}

/** An export that ended with an error, which asking again does not mend (Bulk Data Access 2, "Response - Error Status": only `transient` may go well later). */
const hasFailed = ({ failure, status = 0, outcome }: SourceError): boolean =>
  failure === 'unreachable' && status >= 500 && outcome !== undefined && !objectsIn(outcome.issue).some(({ code }) => code === 'transient' || code === 'throttled' || code === 'timeout');

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
    if (answer.status === 200) return manifestFrom(answer.body, status, client);
    await sleep(Math.min(LONGEST_LOOK_MS, retryAfter(answer.headers) ?? wait));
    await journal.write([], {});
  }
  throw new SourceError('unreachable', 'The export is not ready yet: it is asked about again');
}

async function takeFile(file: ManifestFile & { readonly kind: Kind }, number: number, skip: number, withToken: boolean, wanted: Wanted, lane: Lane): Promise<void> {
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
      await TAKES[file.kind](resources, wanted, lane, { position });
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

type Kind = 'output' | 'deleted' | 'error';

type Named = Map<string, Set<string>>;

interface Wanted {
  readonly types: ReadonlySet<string>;
  /** The ids that have come. */
  readonly named: Named;
}

/** What is done with the lines of a file. */
const TAKES: Readonly<Record<Kind, (lines: readonly FhirResource[], wanted: Wanted, lane: Lane, progress: Partial<Checkpoint>) => Promise<void>>> = {
  output: async (lines, { types, named }, lane, progress) => {
    const rows = await rowsOf(matchesOf({ resourceType: 'Bundle', type: 'collection', entry: lines.map((resource) => ({ resource })) }, types, lane), lane);
    for (const { target } of rows.taken) named.get(target.split('/')[0] ?? '')?.add(target.split('/')[1] ?? '');
    await write(rows, lane, progress);
  },
  deleted: async (lines, _wanted, lane, progress) => write(NO_ROWS, lane, progress, (await Promise.all(lines.map((bundle) => deletedBy(bundle as Bundle, lane)))).flat()),
  error: (lines, _wanted, lane, progress) => write(withFailures(NO_ROWS, errorsIn(lines, lane)), lane, progress),
};

/** As dead letters name what could not be exported. */
const ERRORS = '$export';

/** OperationOutcomes of an export: those that say that something is missing in it come before a person, by their codes alone. */
function errorsIn(outcomes: readonly FhirResource[], { source, now }: Lane): Taken[] {
  const issues = outcomes.flatMap((outcome) => (outcome.resourceType === 'OperationOutcome' && Array.isArray(outcome.issue) ? outcome.issue : [])).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (issues.length === 0) return [];
  const codes = [...new Set(issues.map(({ code }) => code))].filter((code) => /^[a-z-]{1,40}$/.test(code)).join(', ');
  return [{ kind: 'failed', target: ERRORS, changes: [deadLetter(source, ERRORS, undefined, [failureIssue('refused', `The source could not export everything: ${issues.length} errors (${codes})`)], now())] }];
}

/** What a Bundle of deletions names (Bulk Data Access 2, `deleted`), marked as it stands here. */
async function deletedBy({ entry }: Bundle, lane: Lane): Promise<ResourceChange[]> {
  const changes: ResourceChange[] = [];
  for (const { request } of entry ?? []) {
    const [, type, id] = request?.method === 'DELETE' ? (/^(?:.*\/)?([A-Z]\w+)\/([A-Za-z0-9.-]+)$/.exec(request.url) ?? []) : [];
    const stood = type === undefined || id === undefined ? undefined : await stands(type, id, lane);
    if (stood) changes.push(...(await gone(stood, new SourceError('refused', 'The source has deleted it', { status: 410 }), lane)));
  }
  return changes;
}

async function stands(type: string, id: string, { resources, locate }: Lane): Promise<FhirResource | undefined> {
  const here = (await locate({ type, id }))?.split('/')[1];
  return here === undefined ? undefined : resources.glance(type as FhirResource['resourceType'], here);
}

const NOBODY = 'none';

/** Which members of the Group are not here, as a hash; undefined: the source does not say who is in it. */
async function absentMembers({ client, source, locate }: Lane): Promise<string | undefined> {
  let members: Group['member'];
  try {
    members = (await client.read<Group>('Group', source.group ?? '')).resource.member;
  } catch (error) {
    if (error instanceof SourceError && error.failure === 'refused') return undefined;
    throw error;
  }
  const targets = (Array.isArray(members) ? members : []).flatMap(({ entity, inactive }) => (inactive === true || entity.reference === undefined ? [] : (remoteTarget(source, entity.reference) ?? [])));
  const absent: string[] = [];
  for (const target of targets) if (target.type === 'Patient' && (await locate(target)) === undefined) absent.push(target.id);
  return absent.length === 0 ? NOBODY : hash('sha256', absent.sort().join(' '), 'base64url');
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
