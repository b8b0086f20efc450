/** What has something to do, in small pieces. */
export interface Work {
  /** Does the next piece; false when there is nothing left. Must not throw. */
  step(): boolean;
}

/** So long all of them together keep the event loop, before whatever else has come gets its turn. */
const TURN_MS = 5;
/** And so long one of them, before the next. */
const SHARE_MS = 1;

/**
 * Lets those who may never come to an end take turns, so that neither one of them nor all together keep the event loop
 * from anything else.
 */
export class Turns {
  readonly #waiting = new Set<Work>();
  #isScheduled = false;

  add(work: Work): void {
    this.#waiting.add(work);
    this.#schedule();
  }

  remove(work: Work): void {
    this.#waiting.delete(work);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After the input that is there now, also that of others; what is set within runs after the next input.
    setImmediate(() => {
      this.#isScheduled = false;
      this.#turn();
      if (this.#waiting.size > 0) this.#schedule();
    });
  }

  #turn(): void {
    const end = performance.now() + TURN_MS;
    // Those that are not done come in again at the end.
    for (const work of this.#waiting) {
      this.#waiting.delete(work);
      if (!isDone(work, end)) this.#waiting.add(work);
      if (performance.now() >= end) return;
    }
  }
}

function isDone(work: Work, end: number): boolean {
  const until = Math.min(end, performance.now() + SHARE_MS);
  do if (!work.step()) return true;
  while (performance.now() < until);
  return false;
}
