import { Bus, type Signal } from '../../src/adapters/bus/bus.ts';
import { messageOf } from '../../src/model/errors.ts';
import { deadline } from './deadline.ts';

const DEADLINE_MS = 30_000;
const SYSTEMD = 'org.freedesktop.systemd1';
const BUS = 'org.freedesktop.DBus';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
/** What an object that isn't there answers; it may still come. */
const ABSENT =
  /\.(ServiceUnknown|NameHasNoOwner|NoReply|UnknownObject|UnknownInterface|NoSuchUnit|NoSuchMachine|Disconnected)$/;

export interface PropertyWait<T = unknown> {
  destination: string;
  path: string;
  interface: string;
  property: string;
  /** Sees the present value and each one that is announced. A failure to read (no such object yet) is waited over. */
  until: (value: T) => boolean;
  deadlineMs?: number;
}

/** Absent: any. */
export interface SignalFilter {
  sender: string;
  path?: string;
  interface?: string;
  member?: string;
}

/** Signals since it was made, in order. */
export interface SignalWatch extends Disposable {
  readonly seen: readonly Signal[];
  /** The first one not yet returned that fits; resolves at once when it came already. */
  next(fits?: (signal: Signal) => boolean, deadlineMs?: number): Promise<Signal>;
}

/** This process on the bus of a host, through its file system: no process in the host is needed. */
export class HostBus {
  readonly bus: Bus;
  isLost = false;
  readonly #listeners = new Set<(signal: Signal) => void>();
  readonly #senders = new Map<string, Promise<void>>();

  private constructor(bus: Bus) {
    this.bus = bus;
    bus.lost.then(() => {
      this.isLost = true;
    }, console.error);
  }

  static async connect(leader: number): Promise<HostBus> {
    const address = `unix:path=/proc/${leader}/root/run/dbus/system_bus_socket`;
    const bus = await Bus.connect({ address });
    // Else systemd sends no signals about its units.
    await bus.call(SYSTEMD, '/org/freedesktop/systemd1', `${SYSTEMD}.Manager`, 'Subscribe');
    return new HostBus(bus);
  }

  /** Calls a method; see Bus.call. */
  call(...args: Parameters<Bus['call']>): Promise<unknown[]> {
    return this.bus.call(...args);
  }

  async close(): Promise<void> {
    await this.bus.close();
  }

  async watch(filter: SignalFilter): Promise<SignalWatch> {
    const seen: Signal[] = [];
    let returned = 0;
    let wake = Promise.withResolvers<void>();
    const listen = (signal: Signal) => {
      if (!fitsFilter(filter, signal)) return;
      seen.push(signal);
      wake.resolve();
      wake = Promise.withResolvers();
    };
    await this.#listen(filter.sender, listen);
    const next = async (fits: (signal: Signal) => boolean = () => true, ms = DEADLINE_MS) => {
      using limit = deadline(ms, `no signal ${filter.member ?? ''} of ${filter.sender} came`);
      for (;;) {
        for (; returned < seen.length; ) {
          const signal = seen[returned++] as Signal;
          if (fits(signal)) return signal;
        }
        await Promise.race([wake.promise, this.#lost(), limit.expired]);
      }
    };
    return { seen, next, [Symbol.dispose]: () => void this.#listeners.delete(listen) };
  }

  async waitForProperty<T>(wait: PropertyWait<T>): Promise<T> {
    const { destination, path, interface: iface, property, until, deadlineMs = DEADLINE_MS } = wait;
    let last = 'nothing';
    const found = Promise.withResolvers<T>();
    const look = (value: unknown) => {
      last = String(value);
      if (until(value as T)) found.resolve(value as T);
    };
    const read = () =>
      this.bus.get(destination, path, iface, property).then(look, error => {
        last = messageOf(error);
        if (!ABSENT.test(error.code)) found.reject(error);
      });
    const listen = (signal: Signal) => {
      const value = announced(signal, wait);
      if (value !== undefined) look(value);
      else if (mayConcern(signal, wait)) read().catch(found.reject);
    };
    const message = `${property} of ${path} did not become as wanted`;
    using limit = deadline(deadlineMs, message);
    try {
      await Promise.all([this.#listen(destination, listen), this.#listen(BUS, listen)]);
      await Promise.race([read(), limit.expired]);
      return await Promise.race([found.promise, this.#lost(), limit.expired]);
    } catch (cause) {
      throw new Error(`${message}; it is ${last}`, { cause });
    } finally {
      this.#listeners.delete(listen);
    }
  }

  async waitForUnit(unit: string, activeState: string, deadlineMs?: number): Promise<void> {
    await this.waitForProperty({
      destination: SYSTEMD,
      path: unitPath(unit),
      interface: `${SYSTEMD}.Unit`,
      property: 'ActiveState',
      until: value => value === activeState,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    });
  }

  /** One broad match rule per sender, for good; listeners come and go here. */
  async #listen(sender: string, listener: (signal: Signal) => void): Promise<void> {
    this.#listeners.add(listener);
    const known = this.#senders.get(sender);
    const deliver = (signal: Signal) => {
      for (const each of [...this.#listeners]) each({ ...signal, sender });
    };
    const added = known ?? this.bus.subscribe({ sender }, deliver);
    this.#senders.set(sender, added);
    await added;
  }

  async #lost(): Promise<never> {
    throw new Error('the bus of the host is gone', { cause: await this.bus.lost });
  }
}

/** The object path of a unit, as sd_bus_path_encode makes it. */
export function unitPath(unit: string): string {
  const label = unit.replace(
    /[^A-Za-z0-9]|^[0-9]/g,
    c => `_${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `/org/freedesktop/systemd1/unit/${label}`;
}

function fitsFilter(filter: SignalFilter, signal: Signal): boolean {
  return (['sender', 'path', 'interface', 'member'] as const).every(
    key => filter[key] === undefined || filter[key] === signal[key],
  );
}

/** The value that a PropertiesChanged for this property carries. */
function announced(signal: Signal, wait: PropertyWait<never>): unknown {
  if (signal.member !== 'PropertiesChanged' || signal.path !== wait.path) return undefined;
  const [iface, values] = signal.body as [string, Record<string, unknown>];
  return iface === wait.interface ? values[wait.property] : undefined;
}

/** Whether the property may have another value now, which the signal doesn't tell: time to read it. */
function mayConcern(signal: Signal, wait: PropertyWait<never>): boolean {
  if (signal.path === wait.path) return signal.interface === PROPERTIES;
  if (signal.member === 'NameOwnerChanged') return signal.body[0] === wait.destination;
  return (
    ['InterfacesAdded', 'UnitNew', 'MachineNew'].includes(signal.member) && signal.body.includes(wait.path)
  );
}
