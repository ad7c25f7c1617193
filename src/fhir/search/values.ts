import type { Compare, Expression } from '../../store/store.js';
import type { Interval } from './dates.js';
import { dateInterval } from './dates.js';
import type { SearchType } from './definitions.js';
import { splitUnescaped, unescaped } from './escaping.js';
import { exactly, numberInterval } from './numbers.js';
import { RESOURCE_ID, targetOf } from './references.js';
import { refusal, shown } from './refusal.js';
import type { SearchedParameter } from './registry.js';
import { normalise, soundsOf } from './text.js';

/** One alternative of a parameter's value, still escaped, and what it is asked of. */
export interface Asked {
  readonly parameter: SearchedParameter;
  /** The parameter's name in the index, and (`name`) as the client wrote it. */
  readonly param: string;
  readonly name: string;
  readonly value: string;
  /** `http://host/fhir/` */
  readonly base: string;
  readonly now: number;
}

/** @throws {FhirError} 400 when the value is not one of its type. */
type ValueParser = (asked: Asked) => Expression;

const DAY = 86_400_000;
const COMPARISON = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/s;
const IMPRECISE: ReadonlySet<Compare> = new Set(['eq', 'ne', 'ap']);

const wrong = ({ name }: Asked, expected: string) => refusal.value(`The value of ${shown(name)} must be ${expected}`);

export const anyOf = (of: readonly Expression[]): Expression => (of.length === 1 && of[0] ? of[0] : { op: 'or', of });
export const allOf = (of: readonly Expression[]): Expression => (of.length === 1 && of[0] ? of[0] : { op: 'and', of });

function compared(asked: Asked): { compare: Compare; text: string } {
  const [, compare = 'eq', text = ''] = COMPARISON.exec(asked.value) ?? [];
  return { compare: compare as Compare, text };
}

/* ---------- token ---------- */

export const token: ValueParser = (asked) => {
  const parts = splitUnescaped(asked.value, '|').map(unescaped);
  const [first = '', second] = parts;
  if (parts.length > 2 || (first === '' && !second)) throw wrong(asked, 'code, system|code, |code or system|');
  if (second === undefined) return { op: 'token', param: asked.param, code: first };
  const code = second === '' ? {} : { code: second };
  if (first === '') return { op: 'token', param: asked.param, system: null, ...code };
  const stated: Expression = { op: 'token', param: asked.param, system: first, ...code };
  return asked.parameter.impliedSystems.has(first) ? anyOf([stated, { op: 'token', param: asked.param, system: null, ...code }]) : stated;
};

/** `:of-type`: system|code|value of an Identifier, indexed as one token. */
export const ofTypeToken: ValueParser = (asked) => {
  const [system, code, value, ...more] = splitUnescaped(asked.value, '|').map(unescaped);
  if (!system || !code || !value || more.length) throw wrong(asked, "the identifier's type and value: system|code|value");
  return { op: 'token', param: asked.param, system, code: `${code}|${value}` };
};

/* ---------- string ---------- */

/** `starts` is the plain search; `exact` and `contains` are modifiers. */
export const string = (match: 'starts' | 'contains' | 'exact'): ValueParser => (asked) => {
  const stated = unescaped(asked.value);
  if (asked.parameter.phonetic) return phonetic(asked, stated);
  const value = match === 'exact' ? stated : normalise(stated);
  if (value === '') throw wrong(asked, 'text');
  return { op: 'string', param: asked.param, match, value };
};

function phonetic(asked: Asked, stated: string): Expression {
  const sounds = soundsOf(stated);
  if (!sounds.length) throw wrong(asked, 'a word of Latin letters');
  return allOf(sounds.map((value) => ({ op: 'string', param: asked.param, match: 'starts', value })));
}

/* ---------- reference ---------- */

/** `type`: the modifier's (`subject:Patient=1`). */
export const reference = (type: string | undefined): ValueParser => (asked) => {
  const value = unescaped(asked.value);
  const { param } = asked;
  const only = type ?? (asked.parameter.target?.length === 1 ? asked.parameter.target[0] : undefined);
  if (RESOURCE_ID.test(value)) return { op: 'reference', param, ...(only ? { type: only } : {}), id: value };
  const target = targetOf(value, asked.base);
  if (target.type && typeof target.id === 'string') {
    if (type && type !== target.type) throw wrong(asked, `a reference to ${type}`);
    if (target.version) return { op: 'reference', param, url: `${target.type}/${target.id}/_history/${target.version}` };
    return { op: 'reference', param, type: target.type, id: target.id };
  }
  if (!/^(https?:\/\/|urn:)./.test(value)) throw wrong(asked, 'an id, Type/id or an absolute URL');
  return { op: 'reference', param, url: value };
};

/* ---------- date, number, quantity ---------- */

const date: ValueParser = (asked) => {
  const { compare, text } = compared(asked);
  // A + that was not escaped arrives as a space.
  const interval = dateInterval(text.replace(/ (\d\d:\d\d)$/, '+$1'));
  if (!interval) throw wrong(asked, 'a date (2026, 2026-03, 2026-03-31, 2026-03-31T10:00Z), with at most a prefix (eq ne gt lt ge le sa eb ap)');
  return { op: 'interval', kind: 'date', param: asked.param, compare, ...(compare === 'ap' ? nearby(interval, asked.now) : { low: interval.low, high: interval.high }) };
};

/** R4 §3.1.1.4.5: a tenth of the time between now and the date. By whole days, so that all pages of a search ask the same. */
function nearby({ low, high }: Interval, now: number): Interval {
  const today = Math.floor(now / DAY) * DAY;
  const gap = today < low ? low - today : today > high ? today - high : 0;
  return { low: low - Math.round(gap / 10), high: high + Math.round(gap / 10) };
}

const NUMBER = 'a number (100, 5.40, 1e2), with at most a prefix (eq ne gt lt ge le sa eb ap)';

/** Only eq, ne and ap heed the digits of the value; for the others it is exact (R4 §3.1.1.4.6). */
function amount(asked: Asked, compare: Compare, text: string): { compare: Compare; low: number; high: number } {
  const stated = numberInterval(text);
  if (!stated) throw wrong(asked, NUMBER);
  const { low, high } = IMPRECISE.has(compare) ? stated : exactly(stated.value);
  const widen = compare === 'ap' ? Math.abs(stated.value) / 10 : 0;
  return { compare, low: low - widen, high: high + widen };
}

const number: ValueParser = (asked) => {
  const { compare, text } = compared(asked);
  return { op: 'interval', kind: 'number', param: asked.param, ...amount(asked, compare, text) };
};

const quantity: ValueParser = (asked) => {
  const { compare, text } = compared(asked);
  const parts = splitUnescaped(text, '|').map(unescaped);
  const [digits = '', system, code] = parts;
  if (parts.length !== 1 && parts.length !== 3) throw wrong(asked, 'number or number|system|code');
  return {
    op: 'interval', kind: 'quantity', param: asked.param, ...amount(asked, compare, digits), ...(system ? { system } : {}), ...(code ? { code } : {}),
  };
};

/* ---------- uri ---------- */

export const uri = (match: 'exact' | 'below' | 'above'): ValueParser => (asked) => {
  const value = unescaped(asked.value);
  if (/\s/.test(value)) throw wrong(asked, 'a URI');
  return { op: 'uri', param: asked.param, match, value };
};

/** The `url` of a definition, which may have the |version of the definition after it (R4 §3.1.1.4.9). */
const canonical: ValueParser = (asked) => {
  const [, url, version] = /^(.+)\|([^|]+)$/s.exec(asked.value) ?? [];
  if (asked.param !== 'url' || url === undefined || version === undefined) return uri('exact')(asked);
  return allOf([uri('exact')({ ...asked, value: url }), { op: 'token', param: 'version', code: unescaped(version) }]);
};

/** How each search type reads a value when no modifier says otherwise. */
export const VALUE_PARSERS: Readonly<Partial<Record<SearchType, ValueParser>>> = {
  token, string: string('starts'), reference: reference(undefined), date, number, quantity, uri: canonical,
};
