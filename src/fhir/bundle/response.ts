import { STATUS_CODES } from 'node:http';
import { etag } from '../interactions/etag.js';
import type { FhirResponse } from '../interactions/interaction.js';
import type { Chunk } from './text.js';

/** One `Bundle.entry` of a transaction-response or batch-response (R4 §3.1.0.11.3). */
export function responseEntry({ status, location, version, lastUpdated, body, contentType, tellsOutcome }: FhirResponse): Chunk[] {
  const response = JSON.stringify({
    status: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
    ...(location === undefined ? {} : { location }),
    ...(version === undefined ? {} : { etag: etag(version) }),
    ...(lastUpdated === undefined ? {} : { lastModified: lastUpdated }),
  });
  if (body === undefined) return [`{"response":${response}}`];
  if (contentType !== undefined) return [`{"resource":${binary(body, contentType)},"response":${response}}`];
  if (tellsOutcome) return [`{"response":${response.slice(0, -1)},"outcome":`, body, '}}'];
  return ['{"resource":', body, `,"response":${response}}`];
}

const binary = (body: Uint8Array, contentType: string): string => JSON.stringify({ resourceType: 'Binary', contentType, data: Buffer.from(body).toString('base64') });
