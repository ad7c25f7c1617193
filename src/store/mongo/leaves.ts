import { kindOf } from '../plan/leaf.js';
import type { Leaf, Of } from '../plan/leaf.js';
import { stampRange } from '../plan/stamps.js';
import { ancestorsOf, beginningsBelow, endOf } from '../plan/text.js';
import type { Compare } from '../store.js';
import { SearchRefusedError } from '../store.js';
import { parameterKey } from './elements.js';

/** A condition on the fields of one element, or of one document. */
export type Test = Readonly<Record<string, unknown>>;

/** What an element must be to meet the leaf: one of these. */
export function elementTests(leaf: Leaf): readonly Test[] {
  const p = parameterKey(kindOf(leaf), leaf.param);
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
    case 'refers':
      return refersTests(leaf);
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

const refersTests = ({ to, but }: Of<'refers'>): readonly Test[] =>
  [{ t: { $in: to.filter((type) => type !== but.type) } }, ...(to.includes(but.type) ? [{ t: but.type, v: { $ne: but.id } }] : [])];

const startsWith = (prefix: string): Test => ({ v: { $gte: prefix, $lt: endOf(prefix) } });

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
  below: (value) => [{ v: value }, ...beginningsBelow(value).map(startsWith)],
  above: (value) => [{ v: { $in: ancestorsOf(value) } }],
};

/** The meanings of `Compare` (R4 §3.1.1.4.5). Bounds that follow from `low <= high` are spelled out where they let an index be used. */
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
export function stampTest(expression: Of<'interval'>): Test {
  const { from, before, not } = stampRange(expression);
  const inside = { stamp: { ...(from === undefined ? {} : { $gte: from }), ...(before === undefined ? {} : { $lt: before }) } };
  return not ? { $nor: [inside] } : inside;
}
