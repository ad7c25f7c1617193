import { callerOf } from '../../fhir/access/kept.js';
import { header, type FhirRequest, type FhirResponse } from '../../fhir/interactions/interaction.js';
import type { Progress } from '../../fhir/jobs.js';
import type { Journal } from '../../fhir/journal.js';
import { keepPart, readPart, type Job, type OperationWork, type Part } from './job.js';

/** A fact of a store: MongoDB's documents hold 16 MB. A multiple of 4, so that each part is whole base64. */
const PART_LENGTH = 1_000_000;
/** What says how a request is to be understood. Whether it goes on after it is not asked a second time. */
const KEPT_HEADERS = ['content-type', 'accept', 'accept-language', 'if-match'] as const;
/** How often what is said of the progress is written down. */
const TELLING_MS = 1_000;
/** An operation that can't be done yet says when to ask again, else it is asked after this. */
const AGAIN_MS = 5_000;
/** And is given up, so that its caller is told, after this. */
const LONGEST_MS = 3_600_000;

export interface DeferredParts {
  readonly journal: Journal;
  /** Does a request as its caller. */
  readonly answer: (request: FhirRequest) => Promise<FhirResponse>;
  readonly now: () => Date;
  /** Waits so many milliseconds; less when this process is to end. */
  readonly wait: (ms: number) => Promise<void>;
  readonly isStopped: () => boolean;
}

/** What is to be done, its content kept beside the job of this id. */
export async function keepRequest({ method, path, query, body, address, requestId, ...request }: FhirRequest, id: string, journal: Journal): Promise<OperationWork> {
  const headers = Object.fromEntries(KEPT_HEADERS.flatMap((name) => [[name, header({ method, path, query, body, requestId, ...request }, name)]]).filter(([, value]) => value !== undefined)) as Record<string, string>;
  const parts = body && 'bytes' in body ? await keepContent('input', id, body.bytes, journal) : 0;
  return { kind: 'operation', asked: { method, path, query, headers, ...(address === undefined ? {} : { address }), requestId, parts } };
}

/**
 * Does the operation in the name of its caller, under a key of its own: what was committed before a crash is not done again.
 * `write` writes the job down with a change of its work; false: it is not ours any more.
 * @returns false: it is not at its end here, and begins again elsewhere, or with the next start.
 */
export async function runDeferred({ id, caller, begun }: Job, work: OperationWork, write: (work: OperationWork) => Promise<boolean>, { journal, answer, now, wait, isStopped }: DeferredParts): Promise<boolean> {
  const { asked } = work;
  let said: Pick<OperationWork, 'progress' | 'part'> = { ...(work.progress === undefined ? {} : { progress: work.progress }), ...(work.part === undefined ? {} : { part: work.part }) };
  let told = said;
  let writing: Promise<unknown> = Promise.resolve();
  const progress: Progress = (text, part) => void (said = { progress: text.replaceAll(/[^ -~]/g, '?'), ...(part === undefined ? {} : { part }) });
  const tell = (): void => {
    if (said === told) return;
    told = said;
    const progressed = { ...work, ...said };
    writing = writing.then(() => write(progressed)).catch(() => undefined);
  };
  const telling = setInterval(tell, TELLING_MS);
  try {
    const content = asked.parts > 0 ? await readContent('input', id, asked.parts, journal) : undefined;
    const request: FhirRequest = { ...asked, headers: { ...asked.headers, 'idempotency-key': id }, body: content && { bytes: content }, caller: caller && callerOf(caller), progress };
    for (;;) {
      const response = await answer(request);
      if (isStopped() && response.status >= 500) return false;
      if (response.status !== 503 || now().getTime() - begun > LONGEST_MS) {
        const parts = await keepContent('answer', id, response.body ?? new Uint8Array(), journal);
        await writing;
        return await write({ ...work, ...said, answer: { status: response.status, ...(response.contentType === undefined ? {} : { contentType: response.contentType }), ...(response.tellsOutcome ? { isOutcome: true } : {}), parts } });
      }
      progress('It cannot be done yet, and is tried again');
      await wait(Number(response.headers?.['Retry-After'] ?? 0) * 1_000 || AGAIN_MS);
      if (isStopped()) return false;
    }
  } finally {
    clearInterval(telling);
    await writing;
  }
}

/** What came of it: a Bundle (R5 §3.2.6.1, "Asynchronous Interaction Request Pattern") whose one entry is the answer. */
export async function deferredAnswer(id: string, { answer = { status: 500, parts: 0 } }: OperationWork, journal: Journal): Promise<FhirResponse> {
  const content = Buffer.from(await readContent('answer', id, answer.parts, journal));
  const response = { status: String(answer.status) };
  return { status: 200, body: Buffer.from(`{"resourceType":"Bundle","type":"batch-response","entry":[${entryOf()}]}`) };

  /** The text as it was answered; what is no FHIR as a Binary. */
  function entryOf(): string {
    if (content.length === 0) return JSON.stringify({ response });
    if (answer.isOutcome) return `{"response":{"status":"${response.status}","outcome":${content.toString('utf8')}}}`;
    if (answer.contentType !== undefined) return JSON.stringify({ resource: { resourceType: 'Binary', contentType: answer.contentType, data: content.toString('base64') }, response });
    return `{"resource":${content.toString('utf8')},"response":${JSON.stringify(response)}}`;
  }
}

async function keepContent(part: Part, id: string, content: Uint8Array, journal: Journal): Promise<number> {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64');
  const count = Math.ceil(text.length / PART_LENGTH);
  for (let number = 0; number < count; number++) await keepPart(part, id, number, text.slice(number * PART_LENGTH, (number + 1) * PART_LENGTH), journal);
  return count;
}

async function readContent(part: Part, id: string, count: number, journal: Journal): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for (let number = 0; number < count; number++) parts.push(Buffer.from((await readPart(part, id, number, journal)) ?? '', 'base64'));
  return Buffer.concat(parts);
}
