import { BusError, standardError } from '../bus/errors.ts';
import { startTimer } from '../timer.ts';

/** Ends a wait: with the reason of the caller's signal, or with a `Timeout` that says what took too long. */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: Disposable;

  constructor(ms: number, what: string, signal?: AbortSignal) {
    this.signal = signal === undefined ? this.#own.signal : AbortSignal.any([signal, this.#own.signal]);
    const late = new BusError(standardError('Timeout'), `cannot ${what}: not done within ${ms} ms`);
    this.#timer = startTimer(ms, () => this.#own.abort(late));
  }

  /** Whether the time was up before the caller gave up. */
  get expired(): boolean {
    return this.#own.signal.aborted && this.signal.reason === this.#own.signal.reason;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}
