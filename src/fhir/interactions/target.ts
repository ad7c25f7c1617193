import { errors } from '../outcome.js';
import type { QueryParameter } from '../search/index.js';

/** The part of a URL below the base, taken apart. */
export interface Target {
  readonly path: readonly string[];
  readonly query: readonly QueryParameter[];
}

/**
 * `Patient/1?_format=json` (with or without a slash before or after) as path and query.
 * @throws {FhirError} 400 for percent-encoding that is none.
 */
export function parseTarget(text: string): Target {
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  return { path: parsePath(path), query: mark < 0 ? [] : parseQuery(text.slice(mark + 1)) };
}

function parsePath(text: string): string[] {
  const start = text.startsWith('/') ? 1 : 0;
  const end = text.endsWith('/') ? text.length - 1 : text.length;
  if (end <= start) return [];
  const segments = text.slice(start, end).split('/');
  return text.includes('%') ? segments.map(decode) : segments;
}

/**
 * The names and values of a query string.
 * @throws {FhirError} 400 for percent-encoding that is none.
 */
export function parseQuery(query: string): QueryParameter[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): QueryParameter => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [decodeForm(pair), ''] : [decodeForm(pair.slice(0, equals)), decodeForm(pair.slice(equals + 1))];
    });
}

/** Parameters of the request itself, not of the search (R4 §3.1.0.1.11). */
const OF_THE_REQUEST: ReadonlySet<string> = new Set(['_format', '_pretty']);

export const searchParameters = (query: readonly QueryParameter[]): QueryParameter[] => query.filter(([name]) => !OF_THE_REQUEST.has(name));

const decodeForm = (text: string): string => decode(text.replaceAll('+', ' '));

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw errors.value('The URL has a % that begins no UTF-8 character: percent-encode names and values');
  }
}
