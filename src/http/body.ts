import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { errors, FhirError } from '../fhir/outcome.js';
import { pace } from '../fhir/pace.js';
import { REQUEST_CODINGS } from './encoding.js';

/**
 * The whole body of a request, decompressed. One that is too large is refused by its Content-Length before a byte is
 * read, or as soon as more has come (or was unpacked) than is allowed; what follows is not kept.
 * @throws {FhirError} 413, 415 for a coding that is not known; 400 when it can't be unpacked or the client broke off.
 */
export function readBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stated = request.headers['content-length'];
    if (stated !== undefined && Number(stated) > maxBytes) {
      reject(tooLarge(maxBytes));
      return;
    }
    const content = unpacked(request);
    if (content instanceof FhirError) {
      reject(content);
      return;
    }
    // A client that asks first (`Expect: 100-continue`) sends nothing before this.
    if (request.headers.expect !== undefined) response.writeContinue();
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      stop();
      reject(tooLarge(maxBytes));
    };
    const stop = (): void => {
      content.off('data', take);
      if (content === request) return;
      request.unpipe();
      content.destroy();
    };
    content.on('data', take);
    content.once('end', () => resolve(joined(chunks, length)));
    content.once('error', () => {
      stop();
      reject(errors.structure('The body can\'t be unpacked: it is not in the coding that Content-Encoding names'));
    });
    request.once('close', () => {
      if (!request.complete) reject(errors.structure('The body ended before it was complete'));
    });
  });
}

/** So many bytes of new memory are had from the system without others noticing. */
const AT_ONCE = 2 ** 20;

/** A large body is put together in turns. */
async function joined(chunks: readonly Buffer[], length: number): Promise<Buffer> {
  if (length < AT_ONCE) return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  const whole = Buffer.allocUnsafeSlow(length);
  const pause = pace();
  let position = 0;
  for (const chunk of chunks) {
    position += chunk.copy(whole, position);
    await pause();
  }
  return whole;
}

/** The request as a stream of what was sent before it was compressed. */
function unpacked(request: IncomingMessage): Readable | FhirError {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity') return request;
  const unpack = Object.hasOwn(REQUEST_CODINGS, coding) ? REQUEST_CODINGS[coding] : undefined;
  return unpack ? request.pipe(unpack()) : unknownCoding();
}

/** RFC 7694 §3: an answer that says which codings are taken. */
function unknownCoding(): FhirError {
  const { status, issues } = errors.mediaType('The body is in a coding that is not known here: send it as it is, or as gzip, deflate or br');
  return new FhirError(status, issues, { 'Accept-Encoding': 'gzip, deflate, br' });
}

const tooLarge = (maxBytes: number): Error => errors.tooLarge(`A request may have at most ${maxBytes / 2 ** 20} MB: split it`);
