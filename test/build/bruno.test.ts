import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readExamples } from '../../src/http/docs/examples.js';
import { inProject } from '../../src/root.js';

const ROOT = inProject('dist', 'generated', 'bruno');
const operations = readdirSync(inProject('operations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

/** Blocks of the Bru language whose content is text; that of all others is pairs of a name and a value. */
const OF_TEXT = new Set(['body:json', 'docs', 'tests', 'script:pre-request', 'script:post-response']);

interface Bru {
  readonly pairs: ReadonlyMap<string, readonly (readonly [name: string, value: string])[]>;
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Reads a Bru file by the grammar of Bruno (bruno-lang, version 2): blocks one after the other, each `tag {`, its lines, and
 * a `}` that begins its own line; pairs are a line each, parted at the first colon; text is indented by two.
 * @throws {Error} where the file is none
 */
function parseBru(text: string): Bru {
  const [pairs, texts] = [new Map<string, (readonly [string, string])[]>(), new Map<string, string>()];
  let rest = text;
  while (rest.trim() !== '') {
    const [whole, tag = '', content = ''] = /^\s*([a-z]+(?::[a-z-]+)*) \{\n([\s\S]*?)\n\}(?=\n|$)/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`no block begins here: ${rest.slice(0, 40)}`);
    const lines = content.split('\n');
    if (OF_TEXT.has(tag)) texts.set(tag, lines.map((line) => line.replace(/^ {2}/, '')).join('\n'));
    else pairs.set(tag, lines.map((line) => {
      const [, name = '', value] = /^\s*([^\s:]+)\s*:(.*)$/.exec(line) ?? [];
      if (value === undefined) throw new Error(`this is no pair: ${line}`);
      return [name, value.trim()] as const;
    }));
    rest = rest.slice(whole.length);
  }
  return { pairs, texts };
}

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const filesOf = (operation: string): string[] => readdirSync(join(ROOT, operation)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

describe('the Bruno collection', () => {
  it('is one, with an environment that names the base of `npm start`', () => {
    expect(JSON.parse(read('bruno.json'))).toEqual({ version: '1', name: 'Cobalt', type: 'collection' });
    expect(parseBru(read('environments', 'local.bru')).pairs.get('vars')).toEqual([['base', 'http://127.0.0.1:8080/fhir']]);
    expect(parseBru(read('collection.bru')).pairs.get('auth')).toEqual([['mode', 'none']]);
  });

  it('has a folder for each operation, and nothing else', () => {
    const folders = readdirSync(ROOT).filter((name) => statSync(join(ROOT, name)).isDirectory() && name !== 'environments');
    expect(folders.sort()).toEqual([...operations].sort());
  });

  it.each(operations)('%s: says the same as its example.http', (operation) => {
    const requests = filesOf(operation).map((file) => {
      const { pairs, texts } = parseBru(read(operation, file));
      const meta = Object.fromEntries(pairs.get('meta') ?? []);
      const method = ['get', 'post', 'put', 'patch', 'delete'].filter((one) => pairs.has(one));
      const { url = '', body, auth } = Object.fromEntries(pairs.get(method[0] ?? '') ?? []) as Record<string, string>;
      expect([meta['type'], method.length, auth, body]).toEqual(['http', 1, 'inherit', texts.has('body:json') ? 'json' : 'none']);
      // What Bruno shows as parameters is what stands in the URL.
      expect((pairs.get('params:query') ?? []).map(([name, value]) => `${name}=${value}`).join('&')).toBe(url.split('?')[1] ?? '');
      return { seq: meta['seq'], title: meta['name'], method: (method[0] ?? '').toUpperCase(), path: url.replace('{{base}}/', ''), headers: pairs.get('headers') ?? [], body: texts.get('body:json') ?? '' };
    });
    expect(requests).toEqual(readExamples(inProject('operations', operation, 'example.http')).map((example, index) => ({ seq: String(index + 1), ...example })));
    for (const { body } of requests) if (body !== '') expect(() => void JSON.parse(body)).not.toThrow();
  });
});
