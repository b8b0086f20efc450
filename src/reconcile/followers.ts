import type { Logger } from 'pino';
import { Guest, type GuestHealth, hasSentTooMuch } from '../adapters/guest.ts';
import type { Records } from '../adapters/records.ts';
import { messageOf } from '../model/errors.ts';
import { formatTimeSpan } from '../model/time-span.ts';
import type { Verdict } from '../plan/situation.ts';
import { afterwards } from '../plan/verdict.ts';
import { sleep } from './clock.ts';
import { closeGuest } from './close-guest.ts';
import { Slots } from './slots.ts';

export interface FollowersParts {
  readonly records: Records;
  readonly log: Logger;
}

/** What is followed: a system that runs in an invocation of the unit. */
export type Subject = Pick<Verdict, 'invocation' | 'system'>;

interface Following extends Subject {
  readonly abort: AbortController;
}

/** A connection takes a process on the host: so many are made at once. */
const PARALLEL = 8;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** A guest that sent too much costs that again each time. When it is connected to it is asked first. */
const FIRST_REST_MS = 5 * 60_000;
const LONGEST_REST_MS = 60 * 60_000;

/**
 * Hears from guests how they are after they were judged, each over a connection that stays. What changed goes on record
 * in the verdict, and the name is looked at again. A guest that can't be heard is tried again with growing pauses, and
 * one that sends too much with much longer ones.
 */
export class Followers {
  readonly #parts: FollowersParts;
  readonly #following = new Map<string, Following>();
  readonly #slots = new Slots(PARALLEL);
  readonly #changed: (name: string) => void;

  constructor(parts: FollowersParts, changed: (name: string) => void) {
    this.#parts = parts;
    this.#changed = changed;
  }

  /** Begins to follow, unless just that is followed. `guest`: a connection that is there already; ours from now on. */
  ensure(name: string, { invocation, system }: Subject, guest?: Guest): void {
    const before = this.#following.get(name);
    if (before?.invocation === invocation && before.system === system) {
      closeGuest(guest, this.#parts.log);
      return;
    }
    this.cancel(name);
    const following = { invocation, system, abort: new AbortController() };
    this.#following.set(name, following);
    void this.#run(name, following, guest);
  }

  cancel(name: string): void {
    this.#following.get(name)?.abort.abort(new Error('not followed any more'));
    this.#following.delete(name);
  }

  /** Never rejects. */
  async #run(name: string, following: Following, given: Guest | undefined): Promise<void> {
    const { signal } = following.abort;
    const pauses = new Pauses(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    const rests = new Pauses(FIRST_REST_MS, LONGEST_REST_MS);
    for (let guest = given; ; guest = undefined) {
      const began = performance.now();
      const error = await this.#listen(name, following, guest);
      if (error === undefined || signal.aborted) return;
      const isTooMuch = hasSentTooMuch(error);
      const pause = (isTooMuch ? rests : pauses).next(performance.now() - began);
      const line = { name, action: 'follow', ms: pause };
      if (isTooMuch)
        this.#parts.log.warn(line, `${messageOf(error)}; not followed for ${formatTimeSpan(pause)}`);
      else
        this.#parts.log.debug(
          { ...line, err: error },
          `cannot follow ${name}, trying again: ${messageOf(error)}`,
        );
      await sleep(pause, signal);
    }
  }

  /** Until it can't be heard any more: why. undefined: it has no bus. */
  async #listen(name: string, following: Following, given: Guest | undefined): Promise<unknown> {
    const { signal } = following.abort;
    let guest = given;
    try {
      guest ??= await this.#slots.hold(() => this.#connect(name, signal));
      // Without a bus there is nothing to hear, now or later: whoever has one has it when it is ready.
      if (guest === undefined) return undefined;
      return await guest.follow(health => this.#heard(name, following, health), signal);
    } catch (error) {
      return error;
    } finally {
      closeGuest(guest, this.#parts.log);
    }
  }

  async #connect(name: string, signal: AbortSignal): Promise<Guest | undefined> {
    signal.throwIfAborted();
    return Guest.connect(name, { signal, log: (level, message) => this.#parts.log[level](message) });
  }

  #heard(name: string, { invocation, system }: Following, health: GuestHealth): void {
    const { records } = this.#parts;
    const { verdict, ...record } = records.get(name);
    if (verdict?.invocation !== invocation || verdict.system !== system) return;
    const after = afterwards(verdict, health);
    if (after === verdict) return;
    records.set(name, after === undefined ? record : { ...record, verdict: after });
    this.#changed(name);
  }
}

/** Each twice as long as the one before, and from the first again after something that lasted. */
class Pauses {
  readonly #first: number;
  readonly #longest: number;
  #next: number;

  constructor(first: number, longest: number) {
    this.#first = first;
    this.#longest = longest;
    this.#next = first;
  }

  /** How long to wait now, ms, after what lasted so many. */
  next(lasted: number): number {
    const pause = lasted > this.#longest ? this.#first : this.#next;
    this.#next = Math.min(pause * 2, this.#longest);
    return pause;
  }
}
