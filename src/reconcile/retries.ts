const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Tries names again that failed for want of something on the host (disk space, the bus), with growing pauses. */
export class Retries {
  readonly #pauses = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #retry: (name: string) => void;

  constructor(retry: (name: string) => void) {
    this.#retry = retry;
  }

  failed(name: string): void {
    const pause = this.#pauses.get(name) ?? FIRST_PAUSE_MS;
    this.#pauses.set(name, Math.min(pause * 2, LONGEST_PAUSE_MS));
    clearTimeout(this.#timers.get(name));
    const due = () => {
      this.#timers.delete(name);
      this.#retry(name);
    };
    this.#timers.set(name, setTimeout(due, pause));
  }

  /** Whether it is not yet time to try again. */
  isPausing(name: string): boolean {
    return this.#timers.has(name);
  }

  /** Whether it failed but once, which may have been for a moment only: it is about to be tried again. */
  isDoubtful(name: string): boolean {
    return this.#pauses.get(name) === 2 * FIRST_PAUSE_MS;
  }

  succeeded(name: string): void {
    this.#pauses.delete(name);
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
