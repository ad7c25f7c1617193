import { Distribution } from './distribution.js';
import type { MeasureTable, Row } from './measures.js';

interface Cell {
  readonly dimensions: readonly string[];
  readonly sums: Record<string, number>;
  readonly days: Distribution;
}

/** A table in the making: sums and spreads for every combination of dimensions that occurs. */
export class Pivot {
  readonly #cells = new Map<string, Cell>();

  /** Adds to the sums of one row, and `days` to its spread where they are known. */
  add(dimensions: readonly string[], sums: Readonly<Record<string, number>>, days?: number): void {
    const key = dimensions.join('\u0000');
    let cell = this.#cells.get(key);
    if (!cell) this.#cells.set(key, (cell = { dimensions, sums: {}, days: new Distribution() }));
    for (const [code, value] of Object.entries(sums)) cell.sums[code] = (cell.sums[code] ?? 0) + value;
    if (days !== undefined) cell.days.add(days);
  }

  /** The rows, those with the most money first where there is money, else by their dimensions; every figure of the table, 0 where nothing was added. Minutes are made of the sum `seconds`. */
  rows({ figures }: MeasureTable): Row[] {
    const rows = [...this.#cells.values()].map(({ dimensions, sums, days }): Row => ({
      dimensions,
      figures: Object.fromEntries(figures.map(({ code, unit }) => [code, unit === 'days' ? days.quantile(code === 'p90-days' ? 0.9 : 0.5) : unit === 'percent' ? percent(code, sums) : unit === 'minutes' ? tenths((sums['seconds'] ?? 0) / 60) : (sums[code] ?? 0)])),
    }));
    return rows.sort((a, b) => (b.figures['amount'] ?? 0) - (a.figures['amount'] ?? 0) || compare(a.dimensions.join('\u0000'), b.dimensions.join('\u0000')));
  }
}

/** Of all that was decided, to a tenth; undefined of nothing. */
function percent(code: string, { decided = 0, denied = 0 }: Readonly<Record<string, number>>): number | undefined {
  if (decided === 0) return undefined;
  return tenths((100 * (code === 'accepted-percent' ? decided - denied : denied)) / decided);
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
