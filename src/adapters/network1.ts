import type { Bus } from './bus/bus.ts';

const NETWORKD = 'org.freedesktop.network1';

/** systemd-networkd, as far as it has to be told of `.network` files. */
export class Network1 {
  readonly #bus: Bus;
  #missed = false;

  /** `failed` is told of a reload that was put off and failed then. */
  constructor(bus: Bus, failed: (error: unknown) => void) {
    this.#bus = bus;
    bus.onOwnerChange(NETWORKD, owner => {
      if (owner !== '' && this.#missed) this.reload().catch(failed);
    });
  }

  /**
   * Makes it read changed files; links whose file is the same stay as they are. False when it isn't on the bus:
   * then that is done when it is, since it may have read the files before it lost, or came to, the bus.
   */
  async reload(): Promise<boolean> {
    this.#missed = this.#bus.owner(NETWORKD) === '';
    if (this.#missed) return false;
    await this.#bus.call(NETWORKD, '/org/freedesktop/network1', `${NETWORKD}.Manager`, 'Reload', '', []);
    return true;
  }
}
