/** A run is followed by a rest of so many times what it took, or by the longest. */
const REST = 3;
const LONGEST_REST_MS = 250;

/**
 * Work that costs something and that anybody may ask for as often as they like: done once for all who asked before it
 * began, one run at a time, with a rest in between, in which everything else has its turn.
 */
export class SharedRun<Result> {
  readonly #work: () => Promise<Result>;
  #next: Promise<Result> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #restsUntil = 0;

  constructor(work: () => Promise<Result>) {
    this.#work = work;
  }

  /** The result of a run that begins from now on. */
  run(): Promise<Result> {
    this.#next ??= this.#begin(this.#last);
    return this.#next;
  }

  async #begin(last: Promise<unknown>): Promise<Result> {
    await last;
    const rest = this.#restsUntil - performance.now();
    if (rest > 0) await new Promise(resolve => setTimeout(resolve, rest));
    this.#next = undefined;
    const began = performance.now();
    const run = this.#work();
    this.#last = run.then(
      () => this.#ended(began),
      () => this.#ended(began),
    );
    return run;
  }

  #ended(began: number): void {
    const now = performance.now();
    this.#restsUntil = now + Math.min((now - began) * REST, LONGEST_REST_MS);
  }
}
