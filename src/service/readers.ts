import { type Bus, BusError, standardError } from '../adapters/bus/bus.ts';
import { messageOf } from '../model/errors.ts';

const BUS = 'org.freedesktop.DBus';
const STATS = [BUS, '/org/freedesktop/DBus', `${BUS}.Debug.Stats`] as const;

/** So much is sent to a caller before it is asked whether it reads. */
const UNREAD_BYTES = 1024 * 1024;
/** From so much to all callers of a user together, which may be 256, each is asked after every answer. */
const UNREAD_BYTES_OF_USER = 8 * 1024 * 1024;
/** With so much a user gets no more answers; with less once all users together come near to what the bus takes. */
const OVERDRAWN = 32 * 1024 * 1024;
const OVERDRAWN_IN_ALL = 64 * 1024 * 1024;
/** What counts as next to nothing, for callers of a user of whom others don't read. */
const LITTLE_BYTES = 32 * 1024;
/** Callers of whom more is remembered than that they are there; beyond, the oldest are asked about and forgotten. */
const KEPT = 512;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 5000;
/** Who has read nothing for so long is not served when it goes on, but starts over. */
const PATIENCE_MS = 30_000;

/** What is done to a caller. */
export interface Restraint {
  /** It gets no answers until `resume`. */
  pause(caller: string): void;
  resume(caller: string): void;
  /** What it asked for is forgotten. */
  drop(caller: string): void;
  userOf(caller: string): number | undefined;
}

interface Unread {
  bytes: number;
  user: number | undefined;
  /** When it was found not to read, while it is. */
  stalledSince?: number;
  isAsking?: boolean;
}

/**
 * Callers that don't read their answers. dbus-daemon keeps these, counts them as ours (max_incoming_bytes, 127 MiB for
 * all callers together), and when it has too many it takes nothing more from us: one such caller would make us mute for
 * all. So nobody is sent more than a bounded amount that it may not have read: then the bus is asked how much waits.
 *
 * A bus that can't say so (dbus-broker, which accounts for its clients by user) is trusted to look after itself.
 */
export class Readers {
  readonly #bus: Bus;
  readonly #restraint: Restraint;
  readonly #unread = new Map<string, Unread>();
  readonly #ofUser = new Map<number | undefined, number>();
  #total = 0;
  #canAsk = true;

  constructor(bus: Bus, restraint: Restraint) {
    this.#bus = bus;
    this.#restraint = restraint;
  }

  /** Something was sent to a caller. */
  sent(caller: string, bytes: number): void {
    if (!this.#canAsk) return;
    let unread = this.#unread.get(caller);
    if (unread === undefined) {
      unread = { bytes: 0, user: this.#restraint.userOf(caller) };
      this.#unread.set(caller, unread);
    }
    this.#add(unread, bytes);
    if (unread.bytes > UNREAD_BYTES || this.#of(unread.user) > UNREAD_BYTES_OF_USER) {
      this.#restraint.pause(caller);
      this.#begin(caller, unread);
    }
    if (this.#unread.size > KEPT) this.#lookAtOldest();
  }

  /** Whether so much waits for a user's callers that they get nothing but errors for now. */
  isOverdrawn(caller: string): boolean {
    const most = this.#total > OVERDRAWN_IN_ALL ? UNREAD_BYTES_OF_USER : OVERDRAWN;
    return this.#total > most && this.#of(this.#restraint.userOf(caller)) > most;
  }

  #lookAtOldest(): void {
    for (const [caller, unread] of this.#unread) {
      if (unread.isAsking) continue;
      this.#begin(caller, unread);
      return;
    }
  }

  #begin(caller: string, unread: Unread): void {
    if (unread.isAsking) return;
    unread.isAsking = true;
    void this.#ask(caller, unread, FIRST_PAUSE_MS);
  }

  /** Asks until the caller has read; never rejects. */
  async #ask(caller: string, unread: Unread, pauseMs: number): Promise<void> {
    const waiting = await this.#waitingFor(caller);
    if (waiting === undefined) return this.#forget(caller, unread);
    this.#add(unread, waiting - unread.bytes);
    const most = this.#of(unread.user) > UNREAD_BYTES_OF_USER ? LITTLE_BYTES : UNREAD_BYTES / 2;
    if (waiting <= most) {
      unread.isAsking = false;
      delete unread.stalledSince;
      // One that has read everything is like one that was never here.
      if (waiting === 0) this.#unread.delete(caller);
      return this.#restraint.resume(caller);
    }
    const now = performance.now();
    unread.stalledSince ??= now;
    if (now - unread.stalledSince > PATIENCE_MS) this.#restraint.drop(caller);
    const next = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    setTimeout(() => void this.#ask(caller, unread, next), pauseMs).unref();
  }

  /** Bytes that the bus has for a caller; undefined when it has left, or when that can't be told. */
  async #waitingFor(caller: string): Promise<number | undefined> {
    try {
      const [stats] = await this.#bus.call(...STATS, 'GetConnectionStats', 's', [caller]);
      const bytes = Object(stats).OutgoingBytes;
      return typeof bytes === 'number' ? bytes : this.#giveUp('there is no OutgoingBytes in its answer');
    } catch (error) {
      if (error instanceof BusError && error.code === standardError('NameHasNoOwner')) return undefined;
      return this.#giveUp(messageOf(error));
    }
  }

  #giveUp(why: string): undefined {
    if (this.#canAsk) this.#bus.log('warn', `cannot tell whether callers read what is sent to them: ${why}`);
    this.#canAsk = false;
    return undefined;
  }

  #forget(caller: string, unread: Unread): void {
    this.#add(unread, -unread.bytes);
    this.#unread.delete(caller);
    this.#restraint.resume(caller);
  }

  #of(user: number | undefined): number {
    return this.#ofUser.get(user) ?? 0;
  }

  #add(unread: Unread, bytes: number): void {
    unread.bytes += bytes;
    this.#total += bytes;
    const ofUser = this.#of(unread.user) + bytes;
    if (ofUser > 0) this.#ofUser.set(unread.user, ofUser);
    else this.#ofUser.delete(unread.user);
  }
}
