/** So much is answered to a user before the bus must have taken it. */
const WINDOW_BYTES = 8 * 1024;
/** What a message costs the bus beside its body. */
const MESSAGE_BYTES = 128;
/** For each message a user rests for so much of what the bus took for the window, or for the longest. */
const REST = 1 / 32;
const LONGEST_REST_MS = 500;

interface User {
  bytes: number;
  messages: number;
  isHeld: boolean;
}

export interface FlowParts {
  /** A question to the bus, which is answered when it has taken all that was sent before. */
  ping(): Promise<unknown>;
  /** A user gets no more answers until `release`. */
  hold(user: number | undefined): void;
  release(user: number | undefined): void;
}

/**
 * How fast a user is answered: as fast as the bus takes the answers, and no faster.
 *
 * dbus-daemon is fair by connections: it takes 2 KiB from each in turn, from one that serves as from one that floods it.
 * With two hundred that flood, a turn takes hundreds of milliseconds, and whatever lies before an answer in our socket
 * takes many. So little lies there of any user. What isn't answered costs nothing, and who waits for an answer sends
 * nothing new: the slower the bus is, the slower it is given more to do.
 */
export class Flow {
  readonly #parts: FlowParts;
  readonly #users = new Map<number | undefined, User>();

  constructor(parts: FlowParts) {
    this.#parts = parts;
  }

  /** Something was sent to a user. */
  sent(id: number | undefined, bytes: number): void {
    let user = this.#users.get(id);
    if (user === undefined) {
      user = { bytes: 0, messages: 0, isHeld: false };
      this.#users.set(id, user);
    }
    user.bytes += bytes + MESSAGE_BYTES;
    user.messages++;
    if (user.bytes < WINDOW_BYTES || user.isHeld) return;
    user.isHeld = true;
    this.#parts.hold(id);
    void this.#letPass(id, user);
  }

  /** Never rejects: without an answer the connection is gone, or there are too many questions already. */
  async #letPass(id: number | undefined, user: User): Promise<void> {
    const began = performance.now();
    const passed = () => {
      // Each answer lets its caller send another call; how long it was does not matter.
      const rest = Math.min((performance.now() - began) * user.messages * REST, LONGEST_REST_MS);
      setTimeout(() => {
        this.#users.delete(id);
        this.#parts.release(id);
      }, rest);
    };
    await this.#parts.ping().then(passed, passed);
  }
}
