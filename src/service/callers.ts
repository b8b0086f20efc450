import type { Bus } from '../adapters/bus/bus.ts';
import { messageOf } from '../model/errors.ts';

const BUS = 'org.freedesktop.DBus';
const BUS_PATH = '/org/freedesktop/DBus';

/** Callers whose user is kept; the bus gives no unique name twice. */
const KEPT = 2048;
/** How long departures are listened to after nobody is waited for any more: the next one may come soon. */
const LINGER_MS = 10_000;

/** Who calls: the users of connections, and whether they are still there. */
export class Callers {
  readonly #bus: Bus;
  readonly #asked = new Map<string, Promise<number>>();
  readonly #users = new Map<string, number>();
  readonly #present = new Map<string, { readonly left: AbortController; uses: number }>();
  #following: Promise<void> | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(bus: Bus) {
    this.#bus = bus;
    bus.onDeparture(name => this.#departed(name));
  }

  /** The user of a connection, if it was asked for before. */
  knownUser(sender: string): number | undefined {
    return this.#users.get(sender);
  }

  /** Asked once for all calls of a sender, so that those which came together go on together, and are planned together. */
  userOf(sender: string): Promise<number> {
    const known = this.#asked.get(sender);
    if (known !== undefined) return known;
    const asked = this.#askUser(sender);
    this.#asked.set(sender, asked);
    asked.catch(() => this.#forget(sender));
    if (this.#asked.size > KEPT) this.#forget(this.#asked.keys().next().value as string);
    return asked;
  }

  /** Resolves when the bus has taken everything that was sent before. */
  async ping(): Promise<void> {
    await this.#bus.call(BUS, BUS_PATH, `${BUS}.Peer`, 'Ping');
  }

  /** Aborted when the connection leaves the bus. To be disposed of when that doesn't matter any more. */
  presence(sender: string): { readonly signal: AbortSignal } & Disposable {
    const known = this.#present.get(sender);
    const present = known ?? { left: new AbortController(), uses: 0 };
    present.uses++;
    if (known === undefined) {
      this.#present.set(sender, present);
      this.#follow(sender);
    }
    return { signal: present.left.signal, [Symbol.dispose]: () => this.#release(sender, present) };
  }

  async #askUser(sender: string): Promise<number> {
    const [uid] = await this.#bus.call(BUS, BUS_PATH, BUS, 'GetConnectionUnixUser', 's', [sender]);
    this.#users.set(sender, Number(uid));
    return Number(uid);
  }

  #forget(sender: string): void {
    this.#asked.delete(sender);
    this.#users.delete(sender);
  }

  /** It may have left before departures were told: so it is asked for once they are. */
  #follow(sender: string): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    this.#following ??= this.#bus.followDepartures(true);
    const there = this.#following.then(() =>
      this.#bus.call(BUS, BUS_PATH, BUS, 'NameHasOwner', 's', [sender]),
    );
    there.then(
      ([isThere]) => {
        if (isThere === false) this.#departed(sender);
      },
      error => this.#bus.log('warn', `cannot tell whether ${sender} is still there: ${messageOf(error)}`),
    );
  }

  #departed(sender: string): void {
    const present = this.#present.get(sender);
    this.#present.delete(sender);
    present?.left.abort(new Error(`${sender} has left the bus`));
    this.#rest();
  }

  #release(sender: string, present: { uses: number }): void {
    present.uses--;
    if (present.uses > 0 || this.#present.get(sender) !== present) return;
    this.#present.delete(sender);
    this.#rest();
  }

  #rest(): void {
    if (this.#present.size > 0 || this.#following === undefined) return;
    this.#linger ??= setTimeout(() => {
      this.#linger = undefined;
      this.#following = undefined;
      this.#bus
        .followDepartures(false)
        .catch(error => this.#bus.log('warn', `cannot end to follow departures: ${messageOf(error)}`));
    }, LINGER_MS).unref();
  }
}
