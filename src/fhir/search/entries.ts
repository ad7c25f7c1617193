import type { IndexEntry } from '../../store/store.js';
import { dateInterval, EARLIEST, LATEST } from './dates.js';
import type { SearchType } from './definitions.js';
import type { NumberInterval } from './numbers.js';
import { after, exactly } from './numbers.js';
import { targetOf } from './references.js';
import { normalise, soundsOf } from './text.js';
import type { Walk } from './walker.js';

/** What makes entries of `param` from one value of an element; parts that are missing or not of their type make none. */
export type EntryMaker = (value: unknown, param: string, walk: Walk, base: string) => void;

type Fields = Readonly<Record<string, unknown>>;

/** The system of `Money.currency` (R4 §3.1.1.4.11). */
export const CURRENCY = 'urn:iso:std:iso:4217';

/** Entries beside those of the parameter itself, for modifiers that look at something else of the same element. */
export const beside = {
  /** Strings: CodeableConcept.text, Coding.display, Identifier.type.text (`:text`). */
  text: (param: string): string => `${param}:text`,
  /** Tokens: the type's system, and `<type's code>|<value>` of an Identifier (`:of-type`). */
  ofType: (param: string): string => `${param}:of-type`,
  /** Tokens: Reference.identifier (`:identifier`). */
  identifier: (param: string): string => `${param}:identifier`,
};

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/* ---------- token (R4 §3.1.1.4.10) ---------- */

function token(walk: Walk, param: string, system: unknown, code: unknown): void {
  const [s, c] = [text(system), text(code)];
  if (s !== undefined || c !== undefined) walk.out.push({ kind: 'token', param, ...(s === undefined ? {} : { system: s }), ...(c === undefined ? {} : { code: c }) });
}

const codeToken: EntryMaker = (value, param, walk) => token(walk, param, undefined, typeof value === 'boolean' ? String(value) : value);

const codingToken: EntryMaker = (value, param, walk) => {
  const { system, code, display } = fields(value);
  token(walk, param, system, code);
  string(walk, beside.text(param), display);
};

const conceptToken: EntryMaker = (value, param, walk, base) => {
  const { coding, text: said } = fields(value);
  for (const each of list(coding)) codingToken(each, param, walk, base);
  string(walk, beside.text(param), said);
};

const identifierToken: EntryMaker = (value, param, walk) => {
  const { system, value: code, type } = fields(value);
  token(walk, param, system, code);
  const { coding, text: said } = fields(type);
  string(walk, beside.text(param), said);
  if (text(code) === undefined) return;
  for (const each of list(coding)) {
    const kind = fields(each);
    if (text(kind['code'])) token(walk, beside.ofType(param), kind['system'], `${String(kind['code'])}|${String(code)}`);
  }
};

const contactToken: EntryMaker = (value, param, walk) => token(walk, param, fields(value)['use'], fields(value)['value']);

/* ---------- string (R4 §3.1.1.4.8) ---------- */

function string(walk: Walk, param: string, value: unknown): void {
  const exact = text(value);
  if (exact !== undefined) walk.out.push({ kind: 'string', param, value: normalise(exact), exact });
}

const plainString: EntryMaker = (value, param, walk) => string(walk, param, value);

const partsString = (...parts: readonly string[]): EntryMaker => (value, param, walk) => {
  const whole = fields(value);
  for (const part of parts) for (const each of list(whole[part])) string(walk, param, each);
};

const NAME_PARTS = ['family', 'given', 'prefix', 'suffix', 'text'];

/** Entries of a parameter that is searched by sound: one for each word. */
export const soundEntries: EntryMaker = (value, param, walk) => {
  const spoken = typeof value === 'string' ? [value] : NAME_PARTS.flatMap((part) => list(fields(value)[part]));
  for (const exact of spoken) {
    if (typeof exact === 'string') for (const sound of soundsOf(exact)) walk.out.push({ kind: 'string', param, value: sound, exact });
  }
};

/* ---------- reference (R4 §3.1.1.4.12) ---------- */

/**
 * What leads to no resource of its own (contained, logical, display only) is kept as a url that begins with `#`: it is
 * there, and no value finds it. A version is found by the url that names it.
 */
const reference: EntryMaker = (value, param, walk, base) => {
  const { reference: literal, identifier } = fields(value);
  const address = text(literal);
  if (address === undefined || address.startsWith('#')) walk.out.push({ kind: 'reference', param, url: address ?? '#' });
  else {
    const resolved = walk.resolve?.(address);
    const target = resolved ?? targetOf(address, base);
    walk.out.push({ kind: 'reference', param, ...target });
    if ('version' in target) walk.out.push({ kind: 'reference', param, url: `${String(target.type)}/${String(target.id)}/_history/${String(target.version)}` });
  }
  if (identifier !== undefined) token(walk, beside.identifier(param), fields(identifier)['system'], fields(identifier)['value']);
};

/** A canonical is found by its url, and by `url|version` when it names one. */
const canonical: EntryMaker = (value, param, walk, base) => {
  const stated = text(value)?.replace(/#.*$/s, '');
  if (!stated) return;
  const [url = '', version] = stated.split('|', 2);
  if (!version) return reference({ reference: url }, param, { ...walk, resolve: undefined }, base);
  walk.out.push({ kind: 'reference', param, url, version }, { kind: 'reference', param, url: stated });
};

const link: EntryMaker = (value, param, walk, base) => (walk.resolve?.(String(value)) ? reference({ reference: value }, param, walk, base) : canonical(value, param, walk, base));

/** A resource inside another (`Bundle.entry.resource`) is known by its own id. */
const embedded: EntryMaker = (value, param, walk) => {
  const { resourceType: type, id } = fields(value);
  walk.out.push({ kind: 'reference', param, ...(text(type) && text(id) ? { type: String(type), id: String(id) } : { url: '#' }) });
};

/* ---------- date (R4 §3.1.1.4.7) ---------- */

const date: EntryMaker = (value, param, walk) => {
  const interval = dateInterval(text(value) ?? '');
  if (interval) walk.out.push({ kind: 'date', param, low: interval.low, high: interval.high });
};

const period: EntryMaker = (value, param, walk) => {
  const { start, end } = fields(value);
  const from = dateInterval(text(start) ?? '');
  const to = dateInterval(text(end) ?? '');
  if (from ?? to) walk.out.push({ kind: 'date', param, low: from?.low ?? EARLIEST, high: to?.high ?? LATEST });
};

/** Of a schedule only the outer limits matter. */
const timing: EntryMaker = (value, param, walk, base) => {
  const { event, repeat } = fields(value);
  const inner: Walk = { ...walk, out: [] };
  for (const each of list(event)) date(each, param, inner, base);
  period(fields(repeat)['boundsPeriod'], param, inner, base);
  const [first, ...others] = inner.out as (IndexEntry & { kind: 'date' })[];
  if (first) walk.out.push(others.reduce((all, each) => ({ ...all, low: Math.min(all.low, each.low), high: Math.max(all.high, each.high) }), first));
};

/* ---------- number, quantity (R4 §3.1.1.4.6, §3.1.1.4.11): the digits of a stored number imply no interval ---------- */

const number: EntryMaker = (value, param, walk) => {
  if (typeof value === 'number') walk.out.push({ kind: 'number', param, ...exactly(value) });
};

function pushQuantity(walk: Walk, param: string, interval: NumberInterval, unit: Fields): void {
  const [system, code, name] = [text(unit['system']), text(unit['code']), text(unit['unit'])];
  walk.out.push({ kind: 'quantity', param, ...interval, ...(system === undefined ? {} : { system }), ...(code === undefined ? {} : { code }) });
  // `5.4||mg` asks for the code or the unit.
  if (name !== undefined && name !== code) walk.out.push({ kind: 'quantity', param, ...interval, code: name });
}

/** A comparator makes it all that it says (`<5`: everything below). */
const quantity: EntryMaker = (value, param, walk) => {
  const unit = fields(value);
  const { value: amount, comparator } = unit;
  if (typeof amount !== 'number') return;
  const exact = exactly(amount);
  const low = comparator === '<' || comparator === '<=' ? -Number.MAX_VALUE : comparator === '>' ? exact.high : exact.low;
  const high = comparator === '>' || comparator === '>=' ? Number.MAX_VALUE : comparator === '<' ? exact.low : exact.high;
  pushQuantity(walk, param, { value: amount, low, high }, unit);
};

const money: EntryMaker = (value, param, walk, base) => {
  const { value: amount, currency } = fields(value);
  quantity({ value: amount, ...(text(currency) ? { system: CURRENCY, code: currency } : {}) }, param, walk, base);
};

function rangeInterval(value: unknown): NumberInterval | undefined {
  const { value: from } = fields(fields(value)['low']);
  const { value: to } = fields(fields(value)['high']);
  if (typeof from === 'number') return { value: from, low: from, high: typeof to === 'number' ? after(to) : Number.MAX_VALUE };
  return typeof to === 'number' ? { value: to, low: -Number.MAX_VALUE, high: after(to) } : undefined;
}

const quantityRange: EntryMaker = (value, param, walk) => {
  const interval = rangeInterval(value);
  const { low, high } = fields(value);
  if (interval) pushQuantity(walk, param, interval, fields(low ?? high));
};

const numberRange: EntryMaker = (value, param, walk) => {
  const interval = rangeInterval(value);
  if (interval) walk.out.push({ kind: 'number', param, ...interval });
};

/* ---------- uri (R4 §3.1.1.4.9) ---------- */

const uri: EntryMaker = (value, param, walk) => {
  const stated = text(value);
  const target = stated === undefined ? undefined : walk.resolve?.(stated);
  if (target) walk.out.push({ kind: 'uri', param, value: typeof target.id === 'string' ? `${target.type}/${target.id}` : target.id });
  else if (stated !== undefined) walk.out.push({ kind: 'uri', param, value: stated });
};

/** As for references: found without its version too. */
const canonicalUri: EntryMaker = (value, param, walk, base) => {
  const unresolved = { ...walk, resolve: undefined };
  uri(value, param, unresolved, base);
  const bar = text(value)?.indexOf('|') ?? -1;
  if (bar > 0) uri(String(value).slice(0, bar), param, unresolved, base);
};

const makers = (types: string, maker: EntryMaker): Record<string, EntryMaker> => Object.fromEntries(types.split(' ').map((type) => [type, maker]));

/** Which element types a search parameter of a type is about, and what it makes of them. */
const MAKERS: Readonly<Partial<Record<SearchType, Readonly<Record<string, EntryMaker>>>>> = {
  token: {
    ...makers('code id string boolean uri url canonical oid uuid', codeToken),
    Coding: codingToken,
    CodeableConcept: conceptToken,
    Identifier: identifierToken,
    ContactPoint: contactToken,
  },
  string: {
    ...makers('string markdown code id uri url canonical', plainString),
    HumanName: partsString(...NAME_PARTS),
    Address: partsString('text', 'line', 'city', 'district', 'state', 'postalCode', 'country'),
  },
  reference: { Reference: reference, canonical, ...makers('uri url', link), Resource: embedded },
  date: { ...makers('date dateTime instant', date), Period: period, Timing: timing },
  number: { ...makers('integer positiveInt unsignedInt decimal', number), Range: numberRange },
  quantity: { ...makers('Quantity Age Count Distance Duration', quantity), Money: money, Range: quantityRange },
  uri: { ...makers('uri url oid uuid', uri), canonical: canonicalUri },
};

export function entryMaker(searchType: SearchType, elementType: string): EntryMaker | undefined {
  return MAKERS[searchType]?.[elementType.split(' ', 1)[0] ?? ''];
}
