export interface Bounds {
  /** Items of one sender. */
  readonly perSender: number;
  /** Bytes of one user. */
  readonly perUser: number;
  /** Bytes of all. */
  readonly total: number;
}

interface Entry<T> {
  readonly item: T;
  readonly size: number;
}

interface Sender<T> {
  readonly name: string;
  user: User<T>;
  entries: Entry<T>[];
  isPaused: boolean;
}

interface User<T> {
  readonly id: number | undefined;
  /** It has no turns until `release`. */
  isHeld: boolean;
  /** Those that have something and are not paused, in the order of their turns. */
  readonly ready: Set<Sender<T>>;
  /** How many senders of it there are in here. */
  senders: number;
  size: number;
}

const ROOT = 0;

/**
 * What is to be done for many senders, each of a user: users have turns, and the senders of a user have turns among
 * themselves, so that nobody gets more by asking more often or over more connections. Every other turn is root's.
 * Senders whose user is not known yet share one, `undefined`.
 *
 * Invariant: a sender is in its user's `ready`, and a user in `#ready`, exactly while there is something to take.
 */
export class FairQueue<T> {
  readonly #bounds: Bounds;
  readonly #users = new Map<number | undefined, User<T>>();
  readonly #senders = new Map<string, Sender<T>>();
  readonly #ready = new Set<User<T>>();
  #size = 0;
  #wasRoot = false;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Whether there is something to take. */
  get hasNext(): boolean {
    return this.#ready.size > 0;
  }

  /** False, and nothing is added, when that is more than one may have. */
  add(user: number | undefined, name: string, item: T, size: number): boolean {
    const { perSender, perUser, total } = this.#bounds;
    const sender = this.#senderOf(user, name);
    const isFull =
      sender.entries.length >= perSender || sender.user.size + size > perUser || this.#size + size > total;
    if (isFull) {
      this.#tidy(sender);
      return false;
    }
    sender.entries.push({ item, size });
    sender.user.size += size;
    this.#size += size;
    this.#makeReady(sender);
    return true;
  }

  /** The next in turn. */
  next(): T | undefined {
    const root = this.#users.get(ROOT);
    const user = root && !this.#wasRoot && this.#ready.has(root) ? root : first(this.#ready);
    const sender = user && first(user.ready);
    const entry = sender?.entries.shift();
    if (user === undefined || sender === undefined || entry === undefined) return undefined;
    this.#wasRoot = user.id === ROOT;
    this.#leave(sender);
    // To the end of the line.
    if (this.#ready.delete(user)) this.#ready.add(user);
    this.#count(user, -entry.size);
    if (sender.entries.length > 0) this.#makeReady(sender);
    else this.#tidy(sender);
    return entry.item;
  }

  /** The user of a sender has become known. */
  identify(name: string, id: number): void {
    const sender = this.#senders.get(name);
    if (sender === undefined || sender.user.id === id) return;
    const before = sender.user;
    const size = sizeOf(sender.entries);
    this.#leave(sender);
    this.#count(before, -size);
    before.senders--;
    sender.user = this.#userOf(id);
    sender.user.senders++;
    this.#count(sender.user, size);
    this.#makeReady(sender);
    this.#forgetUser(before);
  }

  /** Nothing of a user is taken until `release`. */
  hold(id: number | undefined): void {
    // It may have nothing in here now, and much in a moment.
    const user = this.#userOf(id);
    user.isHeld = true;
    this.#ready.delete(user);
  }

  release(id: number | undefined): void {
    const user = this.#users.get(id);
    if (user === undefined) return;
    user.isHeld = false;
    if (user.ready.size > 0) this.#ready.add(user);
    this.#forgetUser(user);
  }

  /** What a sender has in here waits until `resume`. */
  pause(user: number | undefined, name: string): void {
    const sender = this.#senderOf(user, name);
    sender.isPaused = true;
    this.#leave(sender);
  }

  resume(name: string): void {
    const sender = this.#senders.get(name);
    if (sender === undefined) return;
    sender.isPaused = false;
    if (sender.entries.length > 0) this.#makeReady(sender);
    else this.#tidy(sender);
  }

  /** Forgets what a sender has in here; false: nothing. */
  drop(name: string): boolean {
    const sender = this.#senders.get(name);
    if (sender === undefined) return false;
    const had = sender.entries.length > 0;
    this.#leave(sender);
    this.#count(sender.user, -sizeOf(sender.entries));
    sender.entries = [];
    this.#tidy(sender);
    return had;
  }

  /** The last in its turns. */
  #makeReady(sender: Sender<T>): void {
    if (sender.isPaused || sender.entries.length === 0) return;
    sender.user.ready.add(sender);
    if (!sender.user.isHeld) this.#ready.add(sender.user);
  }

  #leave(sender: Sender<T>): void {
    const { user } = sender;
    user.ready.delete(sender);
    if (user.ready.size === 0) this.#ready.delete(user);
  }

  #count(user: User<T>, size: number): void {
    user.size += size;
    this.#size += size;
  }

  /** A sender without entries takes no memory, unless it is paused. */
  #tidy(sender: Sender<T>): void {
    if (sender.entries.length > 0 || sender.isPaused) return;
    this.#senders.delete(sender.name);
    sender.user.senders--;
    this.#forgetUser(sender.user);
  }

  #forgetUser(user: User<T>): void {
    if (user.senders === 0 && !user.isHeld) this.#users.delete(user.id);
  }

  #senderOf(user: number | undefined, name: string): Sender<T> {
    const known = this.#senders.get(name);
    if (known !== undefined) return known;
    const sender: Sender<T> = { name, user: this.#userOf(user), entries: [], isPaused: false };
    sender.user.senders++;
    this.#senders.set(name, sender);
    return sender;
  }

  #userOf(id: number | undefined): User<T> {
    const known = this.#users.get(id);
    if (known !== undefined) return known;
    const user: User<T> = { id, isHeld: false, ready: new Set(), senders: 0, size: 0 };
    this.#users.set(id, user);
    return user;
  }
}

function first<T>(set: Set<T>): T | undefined {
  return set.values().next().value;
}

function sizeOf(entries: readonly { readonly size: number }[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0);
}
