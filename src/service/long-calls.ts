import { BusError, type Call, standardError } from '../adapters/bus/bus.ts';
import type { Callers } from './callers.ts';

/** As many calls as dbus-daemon lets one connection wait for: who keeps to one connection never meets this bound. */
const PER_USER = 128;
const TOTAL = 1024;
const ROOT = 0;

/** A caller and how long it is there, for work that takes its time. */
export interface Caller {
  readonly user: number;
  /** Aborted when it leaves the bus: nobody waits for an answer then. */
  readonly signal: AbortSignal;
}

/** The calls that take longer than a moment: bounded for each user and in all, and ended with their callers. */
export class LongCalls {
  readonly #callers: Callers;
  readonly #ofSender = new Map<string, number>();
  readonly #ofUser = new Map<number, number>();

  constructor(callers: Callers) {
    this.#callers = callers;
  }

  /** Does `work` for a call. Rejects with `LimitsExceeded` when too many are under way. */
  async run<T>(call: Call, work: (caller: Caller) => Promise<T>): Promise<T> {
    const { sender } = call;
    using _sender = take(this.#ofSender, sender, PER_USER, `calls of ${sender}`);
    const user = await this.#callers.userOf(sender);
    using _user = take(this.#ofUser, user, user === ROOT ? TOTAL : PER_USER, `calls of user ${user}`);
    this.#assertRoom(user);
    using presence = this.#callers.presence(sender);
    return await work({ user, signal: presence.signal });
  }

  /** Root's have room of their own. */
  #assertRoom(user: number): void {
    if (user === ROOT) return;
    const others = [...this.#ofUser].reduce((sum, [each, count]) => sum + (each === ROOT ? 0 : count), 0);
    if (others > TOTAL) throw tooMany('calls');
  }
}

/** One more of `key`, until it is disposed of. */
function take<Key>(counts: Map<Key, number>, key: Key, most: number, what: string): Disposable {
  const count = counts.get(key) ?? 0;
  if (count >= most) throw tooMany(what);
  counts.set(key, count + 1);
  return {
    [Symbol.dispose]: () => {
      const left = (counts.get(key) ?? 0) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    },
  };
}

function tooMany(what: string): BusError {
  return new BusError(standardError('LimitsExceeded'), `too many ${what} are under way`);
}
