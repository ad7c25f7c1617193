/**
 * Idempotency-Key — draft-ietf-httpapi-idempotency-key-header. A client that sends a POST under a key of its own may send
 * it again, as often as it wants, until it has an answer: it is done once.
 *
 * | a request with the key | answer |
 * |---|---|
 * | did not come in the last 24 hours | what is asked is done, under the key |
 * | came, and was answered | that answer, with `Idempotent-Replayed: true`; nothing is done |
 * | came, and the server died before it had the answer | what was committed is not done again, and the answer is made anew |
 * | is being worked on | 409 with `Retry-After` |
 * | came with another method, address, condition or body | 422 |
 *
 * The key is kept in the commit of what it does (`CommitOptions.once`), and apart for each caller. Failures of the server
 * (5xx) are not kept: what is sent again is tried again. Of several processes over one store only the one that has a
 * request refuses it with 409; what the others do under the key is done once all the same.
 */
import { createHash } from 'node:crypto';
import type { KnownOnce, Once } from '../store/store.js';
import { header, type Fhir, type FhirRequest, type FhirResponse } from './interactions/interaction.js';
import { errors, FhirError } from './outcome.js';

/** A longer answer is made anew when it is asked for again. */
const MAX_KEPT_BYTES = 2 ** 20;
const MAX_KEY_LENGTH = 255;

/**
 * Does a request, or answers it as it was answered before. A request without a key is simply done.
 * @throws {FhirError} 400 for a key that is none, 409, 422
 */
export async function once(request: FhirRequest, fhir: Fhir, perform: (request: FhirRequest) => Promise<FhirResponse>): Promise<FhirResponse> {
  const key = keyOf(request);
  if (key === undefined) return perform(request);
  const { caller } = request;
  const own: Once = { key: digest('key', caller?.issuer, caller?.subject, caller?.clientId, key), fingerprint: fingerprintOf(request) };
  if (fhir.inFlight.has(own.key)) throw inFlight();
  fhir.inFlight.add(own.key);
  try {
    const known = await fhir.store.knownOnce(own.key);
    if (known && known.fingerprint !== own.fingerprint) throw reused();
    if (known?.answer) return replayed(known.answer);
    const response = await perform({ ...request, once: { ...own, committed: committedBefore(known) } });
    const kept = response.status < 500 && packed(response);
    if (kept) await fhir.store.keepAnswer(own, kept);
    return response;
  } finally {
    fhir.inFlight.delete(own.key);
  }
}

/** `Type/id` and version of what an earlier try of the same request committed. */
const committedBefore = (known: KnownOnce | undefined): NonNullable<FhirRequest['once']>['committed'] =>
  known?.results?.flatMap(({ type, id, version }) => (id === undefined ? [] : [{ type, id, version }]));

/** Only what is posted needs one; a search that is posted does nothing. */
function keyOf(request: FhirRequest): string | undefined {
  if (request.method !== 'POST' || request.path.at(-1) === '_search') return undefined;
  const given = header(request, 'idempotency-key');
  if (given === undefined) return undefined;
  // A string of a structured field (RFC 9651 §3.3.3), or the bare key that most clients send.
  const key = /^"((?:[^"\\]|\\["\\])*)"$/.exec(given)?.[1] ?? given;
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > MAX_KEY_LENGTH) {
    throw errors.value(`An Idempotency-Key has 1 to ${MAX_KEY_LENGTH} visible ASCII characters, such as a UUID`, undefined, 'idempotency-key');
  }
  return key;
}

/** Of what is asked, and by which rights: an answer is not repeated to a token that allows something else. */
function fingerprintOf({ method, path, query, headers, caller, body }: FhirRequest): string {
  const rights = caller?.scopes.map(({ context, type, permissions, constraint }) => [context, type, [...permissions].sort(), constraint]);
  const hash = createHash('sha256').update(JSON.stringify([method, path, query, headers['content-type'], headers['if-none-exist'], caller?.patient, rights]));
  if (body && 'bytes' in body) hash.update(body.bytes);
  return hash.digest('hex');
}

const digest = (...parts: readonly (string | undefined)[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

const inFlight = (): FhirError => new FhirError(409, { severity: 'error', code: 'conflict', text: 'A request with this Idempotency-Key is being worked on: send it again in a moment to have its answer', id: 'idempotency-in-flight' }, { 'Retry-After': '1' });

const reused = (): FhirError => errors.businessRule('This Idempotency-Key came with another request before: use a key for one request only', undefined, 'idempotency-key-reused');

/** An answer as bytes: a line of JSON, and the body. */
function packed({ body, sent: _, ...head }: FhirResponse): Uint8Array | undefined {
  if ((body?.length ?? 0) > MAX_KEPT_BYTES) return undefined;
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...head, hasBody: body !== undefined })}\n`), body ?? new Uint8Array(0)]);
}

function replayed(kept: Uint8Array): FhirResponse {
  const bytes = Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
  const end = bytes.indexOf('\n');
  const { hasBody, ...head } = JSON.parse(bytes.toString('utf8', 0, end)) as Omit<FhirResponse, 'body'> & { readonly hasBody: boolean };
  return { ...head, ...(hasBody ? { body: bytes.subarray(end + 1) } : {}), headers: { ...head.headers, 'Idempotent-Replayed': 'true' } };
}
