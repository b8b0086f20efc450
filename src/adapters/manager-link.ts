import { messageOf } from '../model/errors.ts';
import { Bus, type BusOptions } from './bus/bus.ts';

/** PID 1's own socket, by which systemctl(1) asks it as well: for root, and without a bus in between. */
const SOCKET = 'unix:path=/run/systemd/private';
const CONNECT_MS = 2000;

/**
 * The way on which PID 1 is asked. That is its own socket: whoever keeps the message bus busy, with this service or any
 * other, holds up no machine. Where that can't be had, and while PID 1 is away, it is the bus.
 *
 * Signals are not taken from here, but from the bus: that has PID 1 filter them. They may come later than what is read, so
 * that they are cause for one more look.
 */
export class ManagerLink {
  readonly #bus: Bus;
  #direct: Bus | undefined;

  private constructor(bus: Bus) {
    this.#bus = bus;
  }

  static async open(bus: Bus): Promise<ManagerLink> {
    const link = new ManagerLink(bus);
    await link.renew();
    return link;
  }

  /** As `Bus.call`. A call that is under way when PID 1 is executed anew fails, as it does over the bus. */
  get call(): Bus['call'] {
    const way = this.#direct ?? this.#bus;
    return way.call.bind(way);
  }

  /** As `Bus.get`. */
  get get(): Bus['get'] {
    const way = this.#direct ?? this.#bus;
    return way.get.bind(way);
  }

  /** Connects, unless it is connected; to be called again when PID 1 is back. Never rejects. */
  async renew(): Promise<void> {
    if (this.#direct !== undefined) return;
    try {
      this.#follow(await Bus.connect(this.#options()));
    } catch (error) {
      this.#bus.log('warn', `asking the service manager over the bus only: ${messageOf(error)}`);
    }
  }

  #options(): BusOptions {
    return { address: SOCKET, isPeer: true, log: this.#bus.log, signal: AbortSignal.timeout(CONNECT_MS) };
  }

  #follow(direct: Bus): void {
    this.#direct = direct;
    // Whoever leaves the bus is done.
    direct.unref();
    void direct.lost.then(() => {
      if (this.#direct === direct) this.#direct = undefined;
    });
  }
}
