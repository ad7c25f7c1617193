/**
 * A random sample that anybody can draw again: of everything that is offered, in whatever order, those whose ranks are
 * the lowest. A rank follows from the seed and the name alone, so that the same seed draws the same claims from the same
 * claims, and a claim that joins the others changes at most one of those drawn.
 */
export class Sample {
  readonly #size: number;
  readonly #rankOf: (name: string) => string;
  #drawn: { readonly rank: string; readonly name: string }[] = [];

  /** @param digest a hash, in hexadecimal */
  constructor(size: number, seed: string, digest: (text: string) => string) {
    this.#size = size;
    this.#rankOf = (name) => digest(JSON.stringify([seed, name]));
  }

  offer(name: string): void {
    if (this.#size === 0) return;
    const rank = this.#rankOf(name);
    const last = this.#drawn.at(-1);
    if (last && this.#drawn.length === this.#size && rank >= last.rank) return;
    const place = this.#drawn.findIndex((one) => one.rank >= rank);
    if (this.#drawn[place]?.name === name) return;
    this.#drawn.splice(place < 0 ? this.#drawn.length : place, 0, { rank, name });
    this.#drawn = this.#drawn.slice(0, this.#size);
  }

  /** In the order in which they were drawn. */
  get names(): string[] {
    return this.#drawn.map(({ name }) => name);
  }
}
