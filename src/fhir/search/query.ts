import type { Issue } from '../outcome.js';
import { FhirError } from '../outcome.js';

/** What one search may ask. Beyond it: 400. */
export const LIMITS = {
  parameters: 200,
  /** Alternatives (`a,b`) over all parameters. */
  values: 500,
  /** Characters of a parameter's name, and of its value. */
  nameLength: 1_000,
  valueLength: 20_000,
  /** Characters of one alternative. */
  alternativeLength: 4_000,
  /** Chains and `_has` inside each other. */
  depth: 5,
  /** Types that all chains together may be followed into. */
  branches: 300,
} as const;

/** Parts of `text` between unescaped separators; what is escaped stays so (R4 §3.1.1.4.0, escaping). */
export function splitUnescaped(text: string, separator: ',' | '|' | '$'): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === separator) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

export const unescape = (text: string): string => text.replace(/\\([\\,|$])/g, '$1');

/** A name as it may stand in an error's text: short, and nothing but what names are made of. */
export const shown = (name: string): string => name.slice(0, 64).replace(/[^\w:.\-*]/g, '?');

export const refusal = {
  unknown: (text: string): FhirError => failure(400, 'not-supported', 'search-parameter-unknown', text),
  modifier: (text: string): FhirError => failure(400, 'not-supported', 'search-modifier', text),
  value: (text: string): FhirError => failure(400, 'value', 'search-value', text),
  limit: (text: string): FhirError => failure(400, 'too-costly', 'search-limit', text),
  notBuilt: (text: string): FhirError => failure(501, 'not-supported', 'search-not-supported', text),
};

function failure(status: number, code: Issue['code'], id: string, text: string): FhirError {
  return new FhirError(status, { severity: 'error', code, text, id });
}
