/** One line of the bench's table: a figure, the yardstick measured in the same run, and their ratio. */
export interface Row {
  readonly name: string;
  readonly mine: string;
  readonly yardstick: string;
  readonly ratio: number;
  /** The ratio we promise. */
  readonly bar: number;
  readonly better: 'higher' | 'lower';
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

const meets = ({ ratio, bar, better }: Row): boolean => (better === 'higher' ? ratio >= bar : ratio <= bar);

export function printTable(rows: readonly Row[]): void {
  console.log('| what | Cobalt | yardstick | ratio | bar | met |');
  console.log('|---|---|---|---|---|---|');
  for (const row of rows) {
    const sign = row.better === 'higher' ? '≥' : '≤';
    console.log(`| ${row.name} | ${row.mine} | ${row.yardstick} | ${row.ratio.toFixed(2)} | ${sign} ${row.bar} | ${meets(row) ? 'yes' : 'NO'} |`);
  }
}
