import { existsSync, readFileSync } from 'node:fs';

/** A request to try, out of an `example.http`. */
export interface Example {
  readonly title: string;
  readonly method: string;
  /** Below the FHIR base: `Claim/clm-1/$derive-secondary`. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON; empty when the request has none. */
  readonly body: string;
}

/** The requests of an `example.http`, in its order: a title after `###`, a request line, headers, an empty line, a body. None without the file. */
export const readExamples = (file: string): Example[] => (existsSync(file) ? examplesIn(readFileSync(file, 'utf8')) : []);

/** @throws {Error} for a request that is written otherwise. */
export const examplesIn = (text: string): Example[] => text.split(/^### /m).slice(1).map((request) => {
  const [, title = '', method = '', path = '', headers = '', body = ''] = /^(.*)\n(\w+) \{\{base\}\}\/(\S+)\n((?:.+\n)*)\n?([\s\S]*)$/.exec(request) ?? [];
  if (method === '') throw new Error(`this is no example request: ### ${request.slice(0, 80)}`);
  return { title, method, path, headers: [...headers.matchAll(/^([\w-]+): *(.+)$/gm)].map(([, name = '', value = '']) => [name, value.trim()] as const), body: body.trim() };
});

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The request as a command line for a POSIX shell. */
export const curlOf = ({ method, path, headers, body }: Example, baseUrl: string): string =>
  [
    `curl -s ${method === 'GET' ? '' : `-X ${method} `}${quoted(`${baseUrl}/${path}`)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === '' ? [] : [`-d ${quoted(body)}`]),
  ].join(' \\\n  ');
