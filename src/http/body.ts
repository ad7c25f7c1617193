import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_REQUEST_BYTES } from '../fhir/interactions/body.js';
import { errors } from '../fhir/outcome.js';

/**
 * The whole body of a request. One that is too large is refused by its Content-Length before a byte is read, or as soon
 * as more has come than is allowed; what follows is not kept.
 * @throws {FhirError} 413, 415 for a compressed body; 400 when the client broke off.
 */
export function readBody(request: IncomingMessage, response: ServerResponse, maxBytes: number = MAX_REQUEST_BYTES): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stated = request.headers['content-length'];
    if (stated !== undefined && Number(stated) > maxBytes) {
      reject(tooLarge(maxBytes));
      return;
    }
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      reject(errors.mediaType('The body is compressed: send it as it is, without Content-Encoding'));
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
      request.off('data', take);
      reject(tooLarge(maxBytes));
    };
    request.on('data', take);
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once('close', () => {
      if (!request.complete) reject(errors.structure('The body ended before it was complete'));
    });
  });
}

const tooLarge = (maxBytes: number): Error => errors.tooLarge(`A request may have at most ${maxBytes / 2 ** 20} MB: split it`);
