/** The forms of one claim, as what stands at each place. */
import { formatCents, type Cents } from '../../claims/money.js';
import type { Gaps } from '../../x12/claim/facts.js';
import { CUT, LINE, PLACES, type LineName, type PlaceName } from './grid.js';

/** What stands at the places of the form; what is not there is left free. */
export type Entries = { readonly [P in PlaceName]?: string | undefined };
/** One service. */
export type LineEntries = { readonly [P in LineName]?: string | undefined };

export interface FilledForm {
  readonly entries: Entries;
  readonly lines: readonly LineEntries[];
}

/** The claim’s element that each entry is made from, for what does not fit. */
export type Origin<Name extends string> = (name: Name) => string;

/** Cuts what may be cut, and notes what does not fit: nothing is ever printed over its place. */
export const fitted = (entries: Entries, originOf: Origin<PlaceName>, gaps: Gaps): Entries => fit(entries, PLACES, originOf, gaps);
export const fittedLine = (entries: LineEntries, origin: string, gaps: Gaps): LineEntries => fit(entries, LINE, () => origin, gaps);

function fit<Name extends PlaceName | LineName>(entries: { readonly [P in Name]?: string | undefined }, places: Readonly<Record<Name, readonly [number, number, number]>>, originOf: Origin<Name>, gaps: Gaps) {
  const kept: { [P in Name]?: string } = {};
  for (const [name, text] of Object.entries(entries) as [Name, string | undefined][]) {
    if (text === undefined || text === '') continue;
    const [, , width] = places[name];
    if (text.length > width && !CUT.has(name)) {
      gaps.need(undefined, originOf(name), `What stands in item ${itemOf(name)} of the CMS-1500 has ${text.length} characters and only ${width} fit: it can’t be cut`);
      continue;
    }
    kept[name] = text.slice(0, width).trimEnd();
  }
  return kept;
}

const itemOf = (name: string): string => (name in LINE ? '24' : name.split('-', 1)[0] ?? name);

/** Dollars and cents, which the form parts by a line: `1234` and `50`. */
export function parted(amount: Cents): readonly [dollars: string, cents: string] {
  const [dollars = '', cents = ''] = formatCents(amount).split('.');
  return [dollars, cents];
}

/** An X in one of the places. */
export const mark = <Name extends PlaceName>(name: Name | undefined): Entries => (name === undefined ? {} : { [name]: 'X' });

/** Month, day and year of YYYY-MM-DD, at the places of an item that end so. */
export function dated(item: string, date: string | undefined): Entries {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(date ?? '') ?? [];
  return year === undefined ? {} : { [`${item}-month`]: month, [`${item}-day`]: day, [`${item}-year`]: year };
}
