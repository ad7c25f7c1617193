import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readExamples, type Example } from '../http/docs/examples.js';
import { inProject } from '../root.js';

/** The folder of the collection, below the generated files'. */
export const COLLECTION = 'bruno';

const exampleOf = (operation: string): string => inProject('operations', operation, 'example.http');
const operations = readdirSync(inProject('operations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();

export const brunoInputs: readonly string[] = [
  ...operations.map(exampleOf),
  ...['./bruno.js', '../http/docs/examples.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
];

/** Writes the example requests of all operations as a collection of Bruno (https://docs.usebruno.com): a folder for each operation. */
export async function generateBruno(outDir: string): Promise<void> {
  const unfinished = join(outDir, `.${COLLECTION}.${process.pid}`);
  for (const [path, text] of collection()) {
    mkdirSync(dirname(join(unfinished, path)), { recursive: true });
    writeFileSync(join(unfinished, path), text);
  }
  rmSync(join(outDir, COLLECTION), { recursive: true, force: true });
  renameSync(unfinished, join(outDir, COLLECTION));
}

/** The files of the collection, by their path in it. */
function collection(): Map<string, string> {
  const files = new Map([
    ['bruno.json', `${JSON.stringify({ version: '1', name: 'Cobalt', type: 'collection' }, null, 2)}\n`],
    // One place to say how a server that asks for tokens is given one.
    ['collection.bru', block('auth', pairs({ mode: 'none' }))],
    [join('environments', 'local.bru'), block('vars', pairs({ base: 'http://127.0.0.1:8080/fhir' }))],
  ]);
  for (const operation of operations) {
    readExamples(exampleOf(operation)).forEach((example, index) => files.set(join(operation, `${index + 1} ${fileName(example.title)}.bru`), request(example, index + 1)));
  }
  return files;
}

const MOST_CHARACTERS = 80;
const fileName = (title: string): string => title.replaceAll(/[^\p{L}\p{N}$ ,-]+/gu, ' ').replaceAll(/ +/g, ' ').slice(0, MOST_CHARACTERS).trim();

/** A request in the Bru language: blocks of pairs, a line each, or of text, indented. The parameters stand in the URL and beside it, as Bruno writes them. */
function request({ title, method, path, headers, body }: Example, seq: number): string {
  const query = path.split('?').slice(1).join('?');
  const parameters = query.split('&').filter((parameter) => parameter !== '').map((parameter): [string, string] => [parameter.split('=', 1)[0] ?? '', parameter.split('=').slice(1).join('=')]);
  return [
    block('meta', pairs({ name: title, type: 'http', seq: String(seq) })),
    block(method.toLowerCase(), pairs({ url: `{{base}}/${path}`, body: body === '' ? 'none' : 'json', auth: 'inherit' })),
    ...(parameters.length > 0 ? [block('params:query', lines(parameters))] : []),
    ...(headers.length > 0 ? [block('headers', lines(headers))] : []),
    ...(body === '' ? [] : [block('body:json', body.split('\n'))]),
  ].join('\n');
}

const lines = (named: readonly (readonly [name: string, value: string])[]): string[] => named.map(([name, value]) => `${name}: ${value}`);
const pairs = (named: Readonly<Record<string, string>>): string[] => lines(Object.entries(named));
const block = (tag: string, content: readonly string[]): string => `${tag} {\n${content.map((line) => (line === '' ? line : `  ${line}`)).join('\n')}\n}\n`;
