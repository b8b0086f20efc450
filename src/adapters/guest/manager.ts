import { messageOf } from '../../model/errors.ts';
import { Excess, excessIn } from '../bus/budget.ts';
import type { Bus, Signal } from '../bus/bus.ts';
import { BusError, standardError } from '../bus/errors.ts';
import { Pace } from './pace.ts';
import { harmless } from './text.ts';

export const SYSTEMD = 'org.freedesktop.systemd1';
export const ROOT = '/org/freedesktop/systemd1';
const MANAGER = `${SYSTEMD}.Manager`;
/** A guest that is busy, or re-executes its manager, takes a while to answer. */
const CALL_MS = 25_000;
/** All that is listened to: a busy guest says much else. */
const SIGNALS = ['StartupFinished', 'JobRemoved', 'UnitRemoved'];
/** How long to wait before looking again at a guest that is not listened to. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

interface Watch {
  readonly concerns: (signal: Signal) => boolean;
  /** Something may have changed. */
  readonly look: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The service manager of a guest, which may go away and come back as another process (daemon-reexec): nothing is
 * concluded from a signal, each only makes us look again. So a lost one between two managers does no harm, and
 * what was started by a process before us is waited for as what we started.
 *
 * A guest that can't stop sending is asked without being listened to (`quiet`): it is looked at now and then instead.
 */
export class GuestManager {
  readonly #bus: Bus;
  readonly #guest: string;
  readonly #isQuiet: boolean;
  readonly #watches = new Set<Watch>();
  readonly #resyncs = new Pace();
  #resync: 'idle' | 'running' | 'again' = 'idle';
  #gone: Error | undefined;

  private constructor(bus: Bus, guest: string, isQuiet: boolean) {
    this.#bus = bus;
    this.#guest = guest;
    this.#isQuiet = isQuiet;
  }

  /** Resolves when the manager is there and its signals are; for how long that may take, `signal` is asked. */
  static async attach(bus: Bus, guest: string, signal: AbortSignal, isQuiet = false): Promise<GuestManager> {
    const manager = new GuestManager(bus, guest, isQuiet);
    void bus.lost.then(cause => manager.#abandon(lost(guest, cause)));
    if (isQuiet) return manager;
    bus.onOwnerChange(SYSTEMD, owner => {
      if (owner !== '') void manager.#resynchronize();
    });
    const told = (signal: Signal) => manager.#told(signal);
    await Promise.all([
      ...SIGNALS.map(member =>
        bus.subscribe({ sender: SYSTEMD, path: ROOT, interface: MANAGER, member }, told),
      ),
      bus.subscribe(
        {
          sender: SYSTEMD,
          pathNamespace: `${ROOT}/unit`,
          interface: 'org.freedesktop.DBus.Properties',
          member: 'PropertiesChanged',
          arg0: `${SYSTEMD}.Unit`,
        },
        told,
      ),
    ]);
    const subscribe = async () => {
      await manager.#subscribe();
      return true;
    };
    await manager.until(subscribe, () => false, signal);
    return manager;
  }

  /** Calls a method of the manager; a deadline of its own keeps a guest from holding us. */
  call(
    method: string,
    signature = '',
    body: readonly unknown[] = [],
    timeoutMs = CALL_MS,
  ): Promise<unknown[]> {
    return this.#translated(this.#bus.call(SYSTEMD, ROOT, MANAGER, method, signature, body, { timeoutMs }));
  }

  get(path: string, iface: string, property: string): Promise<unknown> {
    return this.#translated(this.#bus.get(SYSTEMD, path, `${SYSTEMD}.${iface}`, property));
  }

  /**
   * The first value of `read` that isn't undefined: asked now and after each signal that concerns it, but not more often
   * than now and then when those don't end. While the manager is away it isn't asked. Rejects with what `read` throws,
   * when the guest goes, and with the signal's reason.
   */
  until<T>(
    read: () => Promise<T | undefined>,
    concerns: (signal: Signal) => boolean,
    signal: AbortSignal,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      let reading = false;
      let again = false;
      let pause = FIRST_PAUSE_MS;
      const pace = new Pace();
      const end = (settle: () => void) => {
        this.#watches.delete(watch);
        pace[Symbol.dispose]();
        signal.removeEventListener('abort', aborted);
        settle();
      };
      // One at a time, and one more for all that was told meanwhile.
      const look = async () => {
        again = true;
        if (reading) return;
        reading = true;
        while (again && this.#watches.has(watch)) {
          await pace.turn();
          if (!this.#watches.has(watch)) break;
          again = this.#isQuiet;
          try {
            const value = await read();
            if (value !== undefined) end(() => resolve(value));
          } catch (error) {
            if (!isAway(error)) end(() => reject(error));
          }
          if (!this.#isQuiet || !this.#watches.has(watch)) continue;
          await pace.pause(pause);
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        }
        reading = false;
      };
      const fail = (error: unknown) => end(() => reject(error));
      const aborted = () => fail(signal.reason);
      const watch: Watch = { concerns, look: () => void look(), fail };
      this.#watches.add(watch);
      signal.addEventListener('abort', aborted);
      if (this.#gone !== undefined) fail(this.#gone);
      else if (signal.aborted) aborted();
      else void look();
    });
  }

  /** Ends all waits. */
  close(): void {
    this.#abandon(lost(this.#guest, new Error('closed')));
  }

  #abandon(error: Error): void {
    this.#gone ??= error;
    this.#resyncs[Symbol.dispose]();
    for (const watch of [...this.#watches]) watch.fail(error);
  }

  #told(signal: Signal): void {
    for (const watch of this.#watches) if (watch.concerns(signal)) watch.look();
  }

  /** A manager that was re-executed may have changed anything unheard. It may say so as often as it likes. */
  async #resynchronize(): Promise<void> {
    const isRunning = this.#resync !== 'idle';
    this.#resync = 'again';
    if (isRunning) return;
    while (this.#resync === 'again' && this.#gone === undefined) {
      await this.#resyncs.turn();
      this.#resync = 'running';
      await this.#subscribeAgain();
    }
    this.#resync = 'idle';
  }

  async #subscribeAgain(): Promise<void> {
    if (this.#gone !== undefined) return;
    try {
      await this.#subscribe();
    } catch (error) {
      // It may be gone again; what can't be read is told by whoever reads.
      if (this.#gone === undefined)
        this.#bus.log('warn', `cannot subscribe to the manager of ${this.#guest}: ${messageOf(error)}`);
    }
    for (const watch of this.#watches) watch.look();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.call('Subscribe');
    } catch (error) {
      if (!hasCode(error, `${SYSTEMD}.AlreadySubscribed`)) throw error;
    }
  }

  /** What the loss of the connection means here; the words of the guest's errors made harmless. */
  async #translated<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      if (hasCode(error, standardError('Disconnected'))) throw this.#gone ?? lost(this.#guest, error);
      throw harmless(error);
    }
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof BusError && error.code === code;
}

const AWAY = /^org\.freedesktop\.DBus\.Error\.(NameHasNoOwner|ServiceUnknown|NoReply|Spawn\..+)$/;

/** Nobody is the manager at the moment: the bus tells when somebody is. */
function isAway(error: unknown): boolean {
  return error instanceof BusError && AWAY.test(error.code);
}

function lost(guest: string, cause: unknown): BusError {
  const excess = excessIn(cause);
  if (excess !== undefined) return new Excess(`the guest ${guest} is left alone: ${excess.message}`);
  const message = `the connection to the guest ${guest} is gone, as when it stops`;
  return new BusError(standardError('Disconnected'), message, { cause });
}
