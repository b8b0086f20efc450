import { NspawndError } from '../model/errors.ts';
import { timerSpan } from '../model/time-span.ts';

/** Those who wait for something to be so. */
export class Waiters {
  readonly #checks = new Set<() => void>();

  /** Something changed: it may be so now. */
  tell(): void {
    for (const check of [...this.#checks]) check();
  }

  /** Resolves when it is so; rejects with `Timeout` after `timeoutMs`, saying `what` is missing. */
  async until(done: () => boolean, timeoutMs: number, what: () => string): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (end: () => void) => {
        this.#checks.delete(check);
        clearTimeout(deadline);
        end();
      };
      const check = () => done() && finish(resolve);
      const deadline = setTimeout(
        () => finish(() => reject(new NspawndError('Timeout', `not settled in time: ${what()}`))),
        timerSpan(timeoutMs),
      );
      this.#checks.add(check);
    });
  }
}
