/** Whole numbers, counted: exact quantiles of any number of them in memory that grows only with how different they are. */
export class Distribution {
  readonly #counts = new Map<number, number>();
  #count = 0;

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** The least value that at least this share of all do not exceed (nearest rank); undefined of none. `share` is above 0, and at most 1. */
  quantile(share: number): number | undefined {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let passed = 0;
    for (const value of [...this.#counts.keys()].sort((a, b) => a - b)) {
      passed += this.#counts.get(value) ?? 0;
      if (passed >= rank) return value;
    }
    return undefined;
  }
}
