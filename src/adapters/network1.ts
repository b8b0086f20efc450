import type { Bus } from './bus/bus.ts';
import type { Systemd1 } from './systemd1.ts';

const NETWORKD = 'org.freedesktop.network1';
const UNIT = 'systemd-networkd.service';

/** systemd-networkd, as far as it has to be told of `.network` files. */
export class Network1 {
  readonly #bus: Bus;
  readonly #systemd: Systemd1;
  #missed = false;

  /** `failed` is told of a reload that was put off and failed then. */
  constructor(bus: Bus, systemd: Systemd1, failed: (error: unknown) => void) {
    this.#bus = bus;
    this.#systemd = systemd;
    bus.onOwnerChange(NETWORKD, owner => {
      if (owner !== '' && this.#missed) this.reload().catch(failed);
    });
  }

  /**
   * Makes it read changed files; links whose file is the same stay as they are. False when it doesn't run: then that is
   * done when it is on the bus, since it may have read the files before it came there.
   */
  async reload(): Promise<boolean> {
    this.#missed = this.#bus.owner(NETWORKD) === '';
    if (!this.#missed) {
      await this.#bus.call(NETWORKD, '/org/freedesktop/network1', `${NETWORKD}.Manager`, 'Reload', '', []);
      return true;
    }
    // It runs on without a bus that was restarted, and never comes back to it: PID 1 tells it by a signal.
    if (!(await this.#systemd.reloadService(UNIT))) return false;
    this.#missed = false;
    return true;
  }
}
