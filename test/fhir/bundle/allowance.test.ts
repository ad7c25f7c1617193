import { describe, expect, it } from 'vitest';
import { allowance, isRead } from '../../../src/fhir/bundle/allowance.js';
import type { Fhir, FhirRequest } from '../../../src/fhir/interactions/interaction.js';

const request = (method: string, ...path: string[]): FhirRequest => ({ method, path, query: [], headers: {}, body: undefined, requestId: 'r' });

describe('what the reads of one Bundle may answer', () => {
  it('is bounded: after 128 MB the rest is refused and not even done', async () => {
    let done = 0;
    const answer = async () => {
      done += 1;
      return { status: 200, body: Buffer.alloc(50 * 2 ** 20) };
    };
    const read = allowance(request('POST'), { answer, log: () => undefined } as unknown as Fhir);
    const statuses = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await read(request('GET', 'Patient'))).status);
    expect([statuses, done]).toEqual([[200, 200, 200, 413, 413], 3]);
  });

  it.each([['GET', 'Patient', true], ['HEAD', 'Patient', true], ['POST', '_search', true], ['POST', 'Patient', false], ['DELETE', 'Patient', false]])('%s %s is a read: %s', (method, path, read) => {
    expect(isRead(request(method, path))).toBe(read);
  });
});
