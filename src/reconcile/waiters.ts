import { NspawndError } from '../model/errors.ts';
import { timerSpan } from '../model/time-span.ts';

interface Waiter {
  /** What it waits for counts only from then on. */
  isReady: boolean;
  readonly resolve: () => void;
}

export interface Wait {
  readonly timeoutMs: number;
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
  /** What is missing, for the message of a time-out. */
  readonly what: () => string;
}

/** Those who wait for something to be so; many may wait for the same. */
export class Waiters {
  readonly #isSo: (key: string) => boolean;
  readonly #waiting = new Map<string, Set<Waiter>>();

  constructor(isSo: (key: string) => boolean) {
    this.#isSo = isSo;
  }

  /** Something changed: it may be so now. */
  tell(): void {
    for (const key of [...this.#waiting.keys()]) this.#look(key);
  }

  /** Resolves when `ready` has resolved and it is so; rejects with `Timeout`, with what aborted, or as `ready` does. */
  async until(key: string, ready: Promise<unknown>, { timeoutMs, signal, what }: Wait): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { isReady: false, resolve };
    const abort = () => reject(signal.reason);
    const late = () => reject(new NspawndError('Timeout', `not settled in time: ${what()}`));
    const deadline = setTimeout(late, timerSpan(timeoutMs));
    signal.addEventListener('abort', abort, { once: true });
    this.#add(key, waiter);
    ready.then(() => {
      waiter.isReady = true;
      this.#look(key);
    }, reject);
    try {
      await promise;
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', abort);
      this.#remove(key, waiter);
    }
  }

  /** Looked for once, however many wait for it. */
  #look(key: string): void {
    const ready = [...(this.#waiting.get(key) ?? [])].filter(({ isReady }) => isReady);
    if (ready.length > 0 && this.#isSo(key)) for (const { resolve } of ready) resolve();
  }

  #add(key: string, waiter: Waiter): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, new Set([waiter]));
    else waiting.add(waiter);
  }

  #remove(key: string, waiter: Waiter): void {
    const waiting = this.#waiting.get(key);
    waiting?.delete(waiter);
    if (waiting?.size === 0) this.#waiting.delete(key);
  }
}
