/** Lets those wait that are about the same, in this process: fewer collisions in the database. */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the task when all tasks of any of these keys that came before are over. */
  async run<Value>(keys: readonly string[], task: () => Promise<Value>): Promise<Value> {
    const before = [...new Set(keys.map((key) => this.#last.get(key)))];
    const running = Promise.allSettled(before).then(task);
    for (const key of keys) this.#last.set(key, running);
    try {
      return await running;
    } finally {
      for (const key of keys) if (this.#last.get(key) === running) this.#last.delete(key);
    }
  }
}
