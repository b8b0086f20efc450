/** Lets a bounded number of holders in at a time, first come first served. */
export class Slots {
  #limit: number;
  #held = 0;
  readonly #queue: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` when there is room. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  /** Takes a place when there is one; to be given back by `release`. */
  async acquire(): Promise<void> {
    if (this.#held >= this.#limit) await new Promise<void>(resolve => this.#queue.push(resolve));
    else this.#held++;
  }

  /** Takes effect for those that come, and those that wait. */
  resize(limit: number): void {
    this.#limit = limit;
    while (this.#held < this.#limit && this.#queue.length > 0) {
      this.#held++;
      this.#queue.shift()?.();
    }
  }

  /** A slot is handed on to the next in line, unless the limit has shrunk. */
  release(): void {
    if (this.#held <= this.#limit && this.#queue.length > 0) this.#queue.shift()?.();
    else this.#held--;
  }
}
