/** What was not seen for so long is news. */
const FORGET_MS = 60 * 60_000;
const MAX_KNOWN = 1024;

interface Seen {
  readonly times: number;
  readonly at: number;
}

/**
 * Has what repeats told less and less often: the 1st, 2nd, 4th, 8th … time. Texts that differ in numbers only, such as
 * those of jobs and times, are the same.
 */
export class Repeats {
  readonly #seen = new Map<string, Seen>();
  readonly #now: () => number;

  /** `now`: ms, of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The how manieth time this is, when it is to be told; undefined when it isn't. */
  count(text: string): number | undefined {
    const key = text.slice(0, MAX_KEY).replace(/\d+/g, '0');
    const before = this.#seen.get(key);
    const now = this.#now();
    const times = before === undefined || now - before.at > FORGET_MS ? 1 : before.times + 1;
    // Anew at the end: the first ones are those that were not seen for longest.
    this.#seen.delete(key);
    this.#seen.set(key, { times, at: now });
    if (this.#seen.size > MAX_KNOWN) this.#forgetFirst();
    return Number.isInteger(Math.log2(times)) ? times : undefined;
  }

  #forgetFirst(): void {
    for (const key of this.#seen.keys()) {
      this.#seen.delete(key);
      return;
    }
  }
}

const MAX_KEY = 500;
