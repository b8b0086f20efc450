import type { Logger } from 'pino';
import type { Network1 } from '../adapters/network1.ts';
import type { Systemd1 } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import { since } from './clock.ts';
import { passed } from './steps.ts';

/** What a batch of file changes asks of the host's services, once for all. */
export interface Reloads {
  units: boolean;
  network: boolean;
}

/** Has PID 1 and networkd read what was written. */
export class Reloader {
  readonly #systemd: Systemd1;
  readonly #networkd: Network1;
  readonly #log: Logger;
  /**
   * networkd may not have read what is on disk: a daemon before us may have been killed between writing a file and
   * telling of it, or telling failed. PID 1 is asked for the same by NeedDaemonReload; networkd can't be.
   */
  #networkIsStale = true;

  constructor(systemd: Systemd1, networkd: Network1, log: Logger) {
    this.#systemd = systemd;
    this.#networkd = networkd;
    this.#log = log;
  }

  /** What is to be reloaded whatever changes. */
  due(): Reloads {
    return { units: false, network: this.#networkIsStale };
  }

  async reload({ units, network }: Reloads): Promise<void> {
    await Promise.all([network && this.#network(), units && this.#units()]);
    if (units || network) passed('reload');
  }

  async #units(): Promise<void> {
    const began = performance.now();
    await this.#systemd.reload();
    this.#log.info({ action: 'daemon-reload', ms: since(began) }, 'reloaded the service manager');
  }

  /** Never rejects: machines run without it, and it reads all files when it starts. */
  async #network(): Promise<void> {
    const began = performance.now();
    const action = 'reload-network';
    try {
      this.#networkIsStale = true;
      const done = await this.#networkd.reload();
      this.#networkIsStale = false;
      if (done) this.#log.info({ action, ms: since(began) }, 'reloaded systemd-networkd');
      else this.#log.warn({ action }, 'systemd-networkd is not running: host links are not set up');
    } catch (error) {
      this.#log.warn({ err: error, action }, `cannot reload systemd-networkd: ${messageOf(error)}`);
    }
  }
}
