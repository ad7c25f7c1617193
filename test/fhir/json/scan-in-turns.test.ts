import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scan, type Scan } from '../../../src/fhir/json/scan.js';
import { scanInTurns } from '../../../src/fhir/json/scan-in-turns.js';
import { FhirError } from '../../../src/fhir/outcome.js';

const without = async (): Promise<void> => undefined;
const told = async (read: () => Scan | Promise<Scan>): Promise<unknown> => {
  try {
    return await read();
  } catch (error) {
    return error instanceof FhirError ? error.issues : error;
  }
};

/** An object's text, whole or with a piece of it gone or doubled. */
const texts = fc.tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.nat(), fc.nat(12), fc.constantFrom('', '{', ']', '"', ',', '\\u0000'))
  .map(([value, at, length, put]) => {
    const text = JSON.stringify({ resourceType: 'Bundle', ...value });
    const from = at % (2 * text.length);
    return text.slice(0, from) + put + text.slice(from + length);
  });

it('reads what scan reads, and refuses what it refuses in the same words', () =>
  fc.assert(fc.asyncProperty(texts, async (text) => {
    expect(await told(() => scanInTurns(text, without))).toEqual(await told(() => scan(text)));
  }), { numRuns: 2_000 }));

it.each(['', ' ', '[]', '{}', '\ufeff{"a":[]}', '{"a":[1,]}', '{"a":1,"a":2}', '{"resourceType":"Bundle","entry":[{"x":1},{"x":1,"x":2}]}', '{"a":[1]}x', `{"a":${'['.repeat(64)}1${']'.repeat(64)}}`])('as scan: %s', async (text) => {
  expect(await told(() => scanInTurns(text, without))).toEqual(await told(() => scan(text)));
});

it('pauses after each element of a list of the object, not inside them', async () => {
  let pauses = 0;
  await scanInTurns('{"type":"batch","entry":[{"a":[1,2,3]},{},{}],"link":[1]}', async () => void pauses++);
  expect(pauses).toBe(4);
});
