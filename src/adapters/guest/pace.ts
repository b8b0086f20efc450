/** So many looks are taken as soon as they are wanted, */
const AT_ONCE = 10;
/** and one more in that time, when they have been used up. */
const REFILL_MS = 2000;

/** Bounds how often something is looked at which may change for ever; whoever waits still sees the last state. */
export class Pace implements Disposable {
  #left = AT_ONCE;
  #at = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #resolve: (() => void) | undefined;

  /** Resolves when the next look may be taken, or when disposed of. */
  turn(): Promise<void> {
    const now = performance.now();
    this.#left = Math.min(AT_ONCE, this.#left + (now - this.#at) / REFILL_MS) - 1;
    this.#at = now;
    return this.#left >= 0 ? Promise.resolve() : this.pause(-this.#left * REFILL_MS);
  }

  /** Resolves after a time, or when disposed of. */
  pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#resolve = resolve;
      this.#timer = setTimeout(resolve, ms);
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#resolve?.();
  }
}
