interface Waiting {
  readonly key: number;
  readonly go: () => void;
}

/** A bounded number of places, of which each user may have some; who finds none waits in line. */
export class Slots {
  readonly #perUser: number;
  readonly #total: number;
  readonly #taken = new Map<number, number>();
  readonly #line = new Set<Waiting>();
  #count = 0;

  constructor(perUser: number, total: number) {
    this.#perUser = perUser;
    this.#total = total;
  }

  /** Resolves when there is a place, which is free again when it is disposed of; rejects when aborted before. */
  async take(user: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (!this.#isFree(user)) await this.#wait(user, signal);
    else this.#add(user, 1);
    return { [Symbol.dispose]: () => this.#leave(user) };
  }

  #wait(key: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#line.delete(waiting);
        reject(signal.reason);
      };
      const go = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const waiting = { key, go };
      this.#line.add(waiting);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  #leave(user: number): void {
    this.#add(user, -1);
    for (const waiting of this.#line) {
      if (!this.#isFree(waiting.key)) continue;
      // The place is taken before anybody else can see it free.
      this.#line.delete(waiting);
      this.#add(waiting.key, 1);
      waiting.go();
      return;
    }
  }

  #isFree(user: number): boolean {
    return this.#count < this.#total && (this.#taken.get(user) ?? 0) < this.#perUser;
  }

  #add(user: number, change: number): void {
    this.#count += change;
    const taken = (this.#taken.get(user) ?? 0) + change;
    if (taken > 0) this.#taken.set(user, taken);
    else this.#taken.delete(user);
  }
}
