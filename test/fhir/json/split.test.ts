import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scan } from '../../../src/fhir/json/scan.js';
import { splitInTurns, splitScan, type Split } from '../../../src/fhir/json/split.js';
import { FhirError } from '../../../src/fhir/outcome.js';

const without = async (): Promise<void> => undefined;

/** What a client gets to see of it: the members around the list, and the elements. */
const told = async (split: () => Split | Promise<Split>): Promise<unknown> => {
  try {
    const { around, elements } = await split();
    const others = [...around.members].filter(([key]) => key !== 'entry').map(([key, { start, end }]) => [key, around.text.slice(start, end)]);
    return { keys: [...around.members.keys()], others, elements: elements.map(({ text, root, members }) => [text.slice(root.start, root.end), [...members.keys()]]) };
  } catch (error) {
    return error instanceof FhirError ? error.issues : error;
  }
};

/** Long enough to be taken apart: a member of white space goes before. */
const long = (text: string): string => `${' '.repeat(2 ** 17)}${text}`;
const split = (text: string): Promise<unknown> => told(() => splitInTurns(Buffer.from(text), 'entry', without));
const scanned = (text: string): Promise<unknown> => told(() => splitScan(scan(text), 'entry'));

/** A Bundle's text, whole or with a piece of it gone or doubled. */
const texts = fc.tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }))), fc.nat(), fc.nat(12), fc.constantFrom('', '{', ']', '"', ',', '\\u0000', ' ', '\\'), fc.constantFrom(undefined, 1))
  .map(([value, entry, at, length, put, space]) => {
    const text = JSON.stringify({ resourceType: 'Bundle', ...value, entry }, undefined, space);
    const from = at % (2 * text.length);
    return text.slice(0, from) + put + text.slice(from + length);
  });

it('takes apart what scan reads, and refuses what it refuses in the same words', () =>
  fc.assert(fc.asyncProperty(texts, async (text) => {
    expect(await split(long(text))).toEqual(await scanned(long(text)));
  }), { numRuns: 2_000 }));

const deep = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;

it.each([
  '', ' ', '[]', '{}', '{"entry":[]}', '{"entry":[ ]}', '{"entry":[1,]}', '{"entry":[,1]}', '{"entry":[{} {}]}', '{"entry":[{},{}', '{"entry":{"a":[1]}}', '{"entry":1,"entry":[{}]}', '{"entry":[{}],"entry":[{}]}',
  '{"a":1,"a":2}', '{"type":"é\\"]","entry":[{"x":"ü€𝄞"}],"z":[{}]}', '{"resourceType":"Bundle","entry":[{"x":1},{"x":1,"x":2}]}', '{"entry":[1,"a",{"b":2},[3]]}', '{"entry":[{}]}x', '{"\\u0065ntry":[{}]}',
  `{"entry":[${deep(62)}]}`, `{"entry":[${deep(63)}]}`, `{"entry":[{"a":${deep(61)}}]}`, `{"entry":[{"a":${deep(62)}}]}`,
])('as scan: %s', async (text) => {
  expect(await split(long(text))).toEqual(await scanned(long(text)));
  expect(await split(text)).toEqual(await scanned(text));
});

it('leaves out a byte order mark', async () => {
  const text = `\ufeff{"a":"${'x'.repeat(2 ** 17)}","entry":[{"b":1}]}`;
  expect(await split(text)).toEqual(await scanned(text));
});

it('pauses after each element of the list', async () => {
  let pauses = 0;
  await splitInTurns(Buffer.from(long('{"type":"batch","entry":[{"a":[1,2,3]},{},{}],"link":[1]}')), 'entry', async () => void pauses++);
  expect(pauses).toBe(3);
});
