import type { Cursor } from '../../fhir/journal.js';
import type { ExportFile, ExportWork, Job } from './job.js';
import { asked, deletionOf, lineOf, standing, type IsAsked, type Range, type SnapshotParts } from './snapshot.js';

/** Resources in one file. */
export const FILE_RESOURCES = 50_000;

/** How far an export has come; undefined: the job is not ours any more. */
export type Proceed = (work: ExportWork) => Promise<boolean>;

/**
 * Goes through the log once and says which part of it each file is. It comes from type to type and file to file, and after
 * each it writes down how far it is: a process that begins again goes on there. False: it was ended meanwhile.
 */
export async function prepareExport(work: ExportWork, proceed: Proceed, parts: SnapshotParts): Promise<boolean> {
  const isAsked = await asked(work, false, parts);
  const isGone = work.since === undefined ? undefined : await asked(work, true, parts);
  let done = work;
  for (let type = work.next.type; type < work.types.length; type++) {
    const name = work.types[type] ?? '';
    let after = type === work.next.type ? work.next.after : undefined;
    for (let more = true; more; ) {
      const file = await nextFile(name, after, done, isAsked, parts);
      more = file.until !== undefined;
      const files = [...done.files, ...file.files];
      // What has gone is told with the first file of its type, for the whole time.
      const gone = !after && isGone ? await deletions(name, done, isGone, parts) : [];
      after = file.until;
      done = { ...done, files: [...files, ...gone], next: more && after ? { type, after } : { type: type + 1 } };
      if (!(await proceed(done))) return false;
    }
  }
  return true;
}

/** The next file of a type, if there is anything for it, and where the one after begins. */
async function nextFile(type: string, after: Cursor | undefined, work: ExportWork, isAsked: IsAsked, parts: SnapshotParts): Promise<{ readonly files: readonly ExportFile[]; readonly until: Cursor | undefined }> {
  let count = 0;
  for await (const { versions, last } of standing(type, { ...rangeOf(work), after }, isAsked, parts)) {
    count += versions.length;
    if (count >= FILE_RESOURCES && last) return { files: [fileOf(type, after, last, count, work)], until: last };
  }
  return { files: count === 0 ? [] : [fileOf(type, after, work.until, count, work)], until: undefined };
}

const fileOf = (type: string, after: Cursor | undefined, until: Cursor, count: number, { files }: ExportWork): ExportFile =>
  ({ name: `${type}-${files.filter((file) => file.type === type && !file.deleted).length + 1}.ndjson`, type, ...(after ? { after } : {}), until, count });

async function deletions(type: string, work: ExportWork, isGone: IsAsked, parts: SnapshotParts): Promise<ExportFile[]> {
  let count = 0;
  for await (const { versions } of standing(type, rangeOf(work), isGone, parts)) count += versions.length;
  return count === 0 ? [] : [{ name: `${type}-deleted.ndjson`, type, deleted: true, until: work.until, count }];
}

/** The lines of a file, read from the log as they are sent: what stood there stands there still. */
export async function* fileLines(file: ExportFile, work: ExportWork, parts: SnapshotParts): AsyncGenerator<Uint8Array> {
  const isAsked = await asked(work, file.deleted === true, parts);
  for await (const { versions } of standing(file.type, { ...rangeOf(work), after: file.after, until: file.until }, isAsked, parts)) {
    const lines = versions.map(file.deleted ? deletionOf : lineOf);
    if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`);
  }
}

const rangeOf = ({ until, since }: ExportWork): Range => ({ until, standing: until, since });

/** What came of it (Bulk Data Access 2.0, "Complete status"). */
export function exportManifest({ id, request, caller }: Job, work: ExportWork, baseUrl: string, urlOf: (id: string, file: string) => string): object {
  const shown = (file: ExportFile): object => ({ type: file.deleted ? 'Bundle' : file.type, url: urlOf(id, file.name), count: file.count });
  return {
    transactionTime: work.at,
    request: `${baseUrl}/${request}`,
    requiresAccessToken: caller !== undefined,
    output: work.files.filter(({ deleted }) => !deleted).map(shown),
    ...(work.since === undefined ? {} : { deleted: work.files.filter(({ deleted }) => deleted).map(shown) }),
    error: [],
  };
}
