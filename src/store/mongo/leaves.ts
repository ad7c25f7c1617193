import type { Compare, Expression } from '../store.js';
import { SearchRefusedError } from '../store.js';
import { firstStampOf } from '../sqlite/stamp.js';
import { parameterKey } from './elements.js';

type Of<Op extends Expression['op']> = Extract<Expression, { readonly op: Op }>;

/** An expression that one index entry can meet by itself. */
export type Leaf = Of<'token' | 'string' | 'reference' | 'interval' | 'uri' | 'present'>;

/** A condition on the fields of one element, or of one document. */
export type Test = Readonly<Record<string, unknown>>;

const LEAF_OPS: ReadonlySet<Expression['op']> = new Set<Leaf['op']>(['token', 'string', 'reference', 'interval', 'uri', 'present']);

export const isLeaf = (expression: Expression): expression is Leaf => LEAF_OPS.has(expression.op);

/** `_lastUpdated` is no index entry: it stands in the resource's stamp. */
export const isLastUpdated = (expression: Expression): expression is Of<'interval'> => expression.op === 'interval' && expression.param === '_lastUpdated';

/** What an element must be to meet the leaf: one of these. */
export function elementTests(leaf: Leaf): readonly Test[] {
  const p = parameterKey(leaf.op === 'interval' || leaf.op === 'present' ? leaf.kind : leaf.op, leaf.param);
  return valueTests(leaf).map((test) => ({ p, ...test }));
}

function valueTests(leaf: Leaf): readonly Test[] {
  switch (leaf.op) {
    case 'token':
      return [{ ...(leaf.code === undefined ? {} : { v: leaf.code }), ...systemTest(leaf.system) }];
    case 'string':
      return [STRING_TESTS[leaf.match](leaf.value)];
    case 'reference':
      return [referenceTest(leaf)];
    case 'interval':
      return INTERVAL_TESTS[leaf.compare](leaf.low, leaf.high).map((test) => ({ ...test, ...systemTest(leaf.system), ...(leaf.code === undefined ? {} : { v: leaf.code }) }));
    case 'uri':
      return URI_TESTS[leaf.match](leaf.value);
    case 'present':
      return [{}];
  }
}

function systemTest(system: string | null | undefined): Test {
  if (system === undefined) return {};
  return { s: system ?? { $exists: false } };
}

/** The reference's URL stands in `v` where it has no id. */
function referenceTest({ type, id, url }: Of<'reference'>): Test {
  const v = id ?? url;
  return { ...(v === undefined ? {} : { v }), ...(url === undefined ? {} : { u: url }), ...(type === undefined ? {} : { t: type }) };
}

/** After every text that begins with a prefix stands this one. */
const LAST_CHARACTER = '\u{10FFFF}';
const startsWith = (prefix: string): Test => ({ v: { $gte: prefix, $lt: prefix + LAST_CHARACTER } });

/** A regular expression of MongoDB holds 32,764 bytes. */
const MAX_CONTAINED = 4_000;

function contains(value: string): Test {
  if (value.length > MAX_CONTAINED) throw new SearchRefusedError('complex', `A text to be contained may have ${MAX_CONTAINED} characters.`);
  return { v: { $regex: value.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`).replaceAll('\0', String.raw`\x00`) } };
}

const STRING_TESTS: Readonly<Record<Of<'string'>['match'], (value: string) => Test>> = {
  starts: startsWith,
  contains,
  exact: (value) => ({ e: value }),
};

const URI_TESTS: Readonly<Record<Of<'uri'>['match'], (value: string) => readonly Test[]>> = {
  exact: (value) => [{ v: value }],
  below: (value) => [{ v: value }, ...separatorsOf(value).map((mark) => startsWith(value.endsWith(mark) ? value : value + mark))],
  above: (value) => [{ v: { $in: ancestorsOf(value) } }],
};

/** A URI's levels end at slashes, an OID's or another URN's at dots and colons. */
const separatorsOf = (uri: string): readonly string[] => (uri.startsWith('urn:') ? ['.', ':'] : ['/']);

function ancestorsOf(uri: string): string[] {
  const separators = separatorsOf(uri);
  const ancestors = [uri];
  for (let end = uri.length - 1; end > 0; end--) {
    if (separators.includes(uri.charAt(end))) ancestors.push(uri.slice(0, end), uri.slice(0, end + 1));
  }
  return ancestors;
}

/** The meanings of `Compare` (R4 §3.1.1.4.4). Bounds that follow from `low <= high` are spelled out where they let an index be used. */
const INTERVAL_TESTS: Readonly<Record<Compare, (low: number, high: number) => readonly Test[]>> = {
  eq: (low, high) => [{ low: { $gte: low, $lte: high }, high: { $lte: high } }],
  ne: (low, high) => [{ low: { $lt: low } }, { high: { $gt: high } }],
  gt: (_low, high) => [{ high: { $gt: high } }],
  lt: (low) => [{ low: { $lt: low } }],
  ge: (low, high) => [{ high: { $gt: high } }, { low: { $gte: low, $lte: high }, high: { $lte: high } }],
  le: (low, high) => [{ low: { $lt: low } }, { low: { $gte: low, $lte: high }, high: { $lte: high } }],
  sa: (_low, high) => [{ low: { $gte: high } }],
  eb: (low) => [{ high: { $lte: low } }],
  ap: (low, high) => [{ low: { $lt: high }, high: { $gt: low } }],
};

/** The same on a stamp, which stands for the one millisecond of `lastUpdated`. */
export function stampTest({ compare, low, high }: Of<'interval'>): Test {
  return STAMP_TESTS[compare](firstStampOf(low), firstStampOf(high));
}

const between = (low: number, high: number): Test => ({ stamp: { $gte: low, $lt: high } });
const from = (low: number): Test => ({ stamp: { $gte: low } });
const before = (high: number): Test => ({ stamp: { $lt: high } });

const STAMP_TESTS: Readonly<Record<Compare, (low: number, high: number) => Test>> = {
  eq: between,
  ap: between,
  ne: (low, high) => ({ $or: [before(low), from(high)] }),
  gt: (_low, high) => from(high),
  sa: (_low, high) => from(high),
  ge: from,
  lt: before,
  eb: before,
  le: (_low, high) => before(high),
};
