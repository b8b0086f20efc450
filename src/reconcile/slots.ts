/** Lets a bounded number of holders in at a time, first come first served. */
export class Slots {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Runs `work` when there is room. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>(resolve => this.#queue.push(resolve));
    try {
      return await work();
    } finally {
      // Handed on to the next in line.
      const next = this.#queue.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
