import { timerSpan } from '../model/time-span.ts';

/** A timer that is so late had no chance to be on time: the process stood still. */
const STOOD_STILL_MS = 1000;
/** Enough to read what came in, and for a few questions more. */
const LEAST_MS = 5000;

/**
 * Calls `expired` in `ms`, unless it is disposed of before.
 *
 * A process that was stopped or frozen, or whose disk hung, finds its timers due before it has read what came in
 * meanwhile: it would take for lost what was answered long ago, and a good system for a bad one. So it gets a little
 * more time then.
 */
export function startTimer(ms: number, expired: () => void): Disposable {
  let due = performance.now() + ms;
  let timer = setTimeout(end, timerSpan(ms));
  function end(): void {
    const now = performance.now();
    if (now - due < STOOD_STILL_MS) {
      expired();
      return;
    }
    const more = Math.min(ms, LEAST_MS);
    due = now + more;
    timer = setTimeout(end, more);
  }
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
