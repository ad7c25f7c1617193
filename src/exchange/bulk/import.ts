import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { OperationOutcome } from 'fhir/r4.js';
import { callerOf } from '../../fhir/access/kept.js';
import type { Caller } from '../../fhir/access/caller.js';
import type { Journal } from '../../fhir/journal.js';
import type { FhirRequest, FhirResponse } from '../../fhir/interactions/interaction.js';
import { MAX_RESOURCE_BYTES } from '../../fhir/interactions/body.js';
import { OutboundFailed, type Outbound } from '../../outbound/index.js';
import { readPart, type ImportInput, type ImportWork, type Job } from './job.js';

/** Resources that are written at the same time: their commits share a wait for the disk. */
const SIDE_BY_SIDE = 64;
/** How far it has come is written down after so many lines: as many may be written again after a crash, which changes nothing. */
const UNWRITTEN_LINES = 512;
/** A store that is busy is asked again so often, each time a little later. */
const MOST_TRIES = 8;
const TRY_AGAIN_MS = 100;
/** Refused lines that are told of. */
const MOST_REFUSALS = 10_000;

export interface ImportParts {
  readonly journal: Journal;
  readonly outbound: Outbound;
  /** Does a request as its caller: whatever holds for a client's own holds for each line. */
  readonly answer: (request: FhirRequest) => Promise<FhirResponse>;
}

/** Why lines were refused, as OperationOutcomes, and up to which line that was. */
export interface Refusals {
  readonly input: number;
  readonly line: number;
  readonly outcomes: readonly string[];
}

/** How far an import has come; false: the job is not ours any more. */
export type Proceed = (work: ImportWork, refusals: Refusals | undefined) => Promise<boolean>;

/** An input could not be read to its end. */
export class InputFailed extends Error {
  readonly input: number;
  constructor(input: number, message: string) {
    super(message);
    this.input = input;
  }
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/**
 * Writes what each line says, `PUT [type]/[id]`, a resource without an id under one that follows from its place. A line
 * that is refused keeps no other waiting. Begun again after a crash it goes on behind the last line that was written down.
 * False: it was ended meanwhile.
 * @throws {InputFailed}
 */
export async function runImport(job: Job, work: ImportWork, proceed: Proceed, parts: ImportParts): Promise<boolean> {
  // One value for all lines: what its scopes allow is worked out once.
  const caller = job.caller && callerOf(job.caller);
  let done = work;
  for (let input = work.next.input; input < work.inputs.length; input++) {
    let refused: string[] = [];
    let unwritten = 0;
    const begin = done.next.input === input ? done.next.line : 0;
    for await (const lines of windows(linesOf(job, input, begin, done.inputs[input], parts))) {
      const outcomes = (await Promise.all(lines.map((line) => writtenLine(line, input, done.inputs[input], job, caller, parts)))).filter((outcome) => outcome !== undefined);
      refused.push(...outcomes);
      unwritten += lines.length;
      done = counted(done, input, lines, outcomes.length);
      if (unwritten < UNWRITTEN_LINES) continue;
      if (!(await proceed(done, refusalsOf(input, done, refused)))) return false;
      refused = [];
      unwritten = 0;
    }
    const refusals = refusalsOf(input, done, refused);
    done = { ...done, next: { input: input + 1, line: 0 } };
    if (!(await proceed(done, refusals))) return false;
  }
  return true;
}

const refusalsOf = (input: number, { next }: ImportWork, outcomes: readonly string[]): Refusals | undefined => (outcomes.length === 0 ? undefined : { input, line: next.line, outcomes });

function counted(work: ImportWork, input: number, lines: readonly Line[], refused: number): ImportWork {
  const written = lines.filter(({ text }) => text.trim() !== '').length - refused;
  const inputs = work.inputs.map((each, i) => (i === input ? { ...each, taken: each.taken + written, refused: each.refused + refused } : each));
  return { ...work, inputs, next: { input, line: lines.at(-1)?.number ?? work.next.line } };
}

/** Lines that may be written at the same time: none of a resource that another is of. */
async function* windows(lines: AsyncIterable<Line>): AsyncGenerator<readonly Line[]> {
  let window: Line[] = [];
  let named = new Set<string>();
  for await (const line of lines) {
    const name = nameOf(line.text);
    if (window.length === SIDE_BY_SIDE || (name !== undefined && named.has(name))) {
      yield window;
      window = [];
      named = new Set();
    }
    window.push(line);
    if (name !== undefined) named.add(name);
  }
  if (window.length > 0) yield window;
}

/** `Type/id`; undefined where it says none. */
function nameOf(text: string): string | undefined {
  try {
    const { resourceType, id } = JSON.parse(text) as { resourceType?: unknown; id?: unknown };
    return typeof resourceType === 'string' && typeof id === 'string' ? `${resourceType}/${id}` : undefined;
  } catch {
    return undefined;
  }
}

/** The lines behind number `begin` (from 1). @throws {InputFailed} */
async function* linesOf(job: Job, input: number, begin: number, from: ImportInput | undefined, { journal, outbound }: ImportParts): AsyncGenerator<Line> {
  const { url, parts = 0 } = from ?? { taken: 0, refused: 0 };
  let number = 0;
  if (url === undefined) {
    for (let part = 0; part < parts; part++) {
      for (const text of ((await readPart('input', job.id, part, journal)) ?? '').split('\n')) if (++number > begin) yield { number, text };
    }
    return;
  }
  for await (const text of remoteLines(input, url, outbound)) if (++number > begin) yield { number, text };
}

async function* remoteLines(input: number, url: string, outbound: Outbound): AsyncGenerator<string> {
  try {
    const { status, body } = await outbound.open({ method: 'GET', url, headers: { Accept: 'application/fhir+ndjson, application/ndjson' } });
    if (status !== 200) {
      body.destroy();
      throw new InputFailed(input, `The address of the input answered ${status}`);
    }
    let ended = false;
    body.once('end', () => (ended = true));
    for await (const line of createInterface({ input: limited(body, input), crlfDelay: Infinity })) yield line;
    // Lines end without a word when the connection breaks.
    if (!ended) throw new InputFailed(input, 'The input broke off');
  } catch (error) {
    throw error instanceof OutboundFailed ? new InputFailed(input, error.message) : error;
  }
}

/** The same bytes; broken off where one line is longer than any resource may be. */
function limited(body: Readable, input: number): Readable {
  return Readable.from((async function* () {
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const last = chunk.lastIndexOf(0x0a);
      length = last < 0 ? length + chunk.length : chunk.length - last;
      if (length > MAX_RESOURCE_BYTES + chunk.length) throw new InputFailed(input, 'A line of the input is longer than a resource may be');
      yield chunk;
    }
  })());
}

/** Undefined: it was written, or is empty; else why not. */
async function writtenLine({ number, text }: Line, input: number, { type }: ImportInput = { taken: 0, refused: 0 }, job: Job, caller: Caller | undefined, { answer }: ImportParts): Promise<string | undefined> {
  if (text.trim() === '') return undefined;
  const place = `Line ${number} of input ${input + 1}: `;
  const request = requestOf(text, number, input, type, job, caller);
  if (typeof request === 'string') return outcomeText(place, [{ severity: 'error', code: 'invalid', details: { text: request } }]);
  for (let tries = 1; ; tries++) {
    const { status, body } = await answer(request);
    if (status < 300) return undefined;
    if ((status === 503 || status === 429) && tries < MOST_TRIES) {
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS * 2 ** tries));
      continue;
    }
    // What is our failure, not the line's, must not pass as done.
    if (status >= 500) throw new InputFailed(input, `The store did not take it (${status})`);
    const { issue } = JSON.parse(Buffer.from(body ?? '{"issue":[]}').toString('utf8')) as OperationOutcome;
    return outcomeText(place, issue);
  }
}

const outcomeText = (place: string, issue: OperationOutcome['issue']): string =>
  JSON.stringify({ resourceType: 'OperationOutcome', issue: issue.map((one) => ({ ...one, details: { ...one.details, text: `${place}${one.details?.text ?? ''}` } })) });

/** What a line asks for; a text: why it asks for nothing. */
function requestOf(text: string, number: number, input: number, type: string | undefined, job: Job, caller: Caller | undefined): FhirRequest | string {
  let value: { readonly resourceType?: unknown; readonly id?: unknown };
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return 'It is no JSON: each line is one resource';
  }
  if (typeof value !== 'object' || value === null || typeof value.resourceType !== 'string') return 'It is no resource: it has no resourceType';
  if (type !== undefined && value.resourceType !== type) return `It is of another type than the input states (${type})`;
  const own = typeof value.id === 'string' ? value.id : undefined;
  const id = own ?? createHash('sha256').update(`${job.id} ${input} ${number}`).digest('hex').slice(0, 32);
  const whole = own === undefined ? text.replace('{', `{"id":"${id}",`) : text;
  return { method: 'PUT', path: [value.resourceType, id], query: [], headers: { prefer: 'return=minimal', 'content-type': 'application/fhir+json' }, body: { bytes: Buffer.from(whole) }, requestId: `${job.id}-${input}-${number}`.slice(0, 64), caller };
}

/** What came of it, after the manner of an export. */
export function importManifest({ id, request, caller, begun }: Job, work: ImportWork, errors: number, baseUrl: string, urlOf: (id: string, file: string) => string): object {
  return {
    transactionTime: new Date(begun).toISOString(),
    request: `${baseUrl}/${request}`,
    requiresAccessToken: caller !== undefined,
    output: work.inputs.map(({ type, url, taken }) => ({ ...(type === undefined ? {} : { type }), count: taken, ...(url === undefined ? {} : { inputUrl: url }) })),
    error: errors === 0 ? [] : [{ type: 'OperationOutcome', url: urlOf(id, ERRORS), count: Math.min(errors, MOST_REFUSALS) }],
  };
}

/** The file with the reasons of what was refused. */
export const ERRORS = 'errors.ndjson';
export { MOST_REFUSALS };
