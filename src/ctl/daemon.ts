import type { Bus } from '../adapters/bus/bus.ts';
import { BusError } from '../adapters/bus/errors.ts';
import { messageOf } from '../model/errors.ts';
import { MANAGER_PATH } from '../model/object-path.ts';
import { CtlError, EXIT } from './exit.ts';
import { BUS_NAME, CONTAINER, camelCase, MANAGER, OBJECT_MANAGER } from './names.ts';
import { span } from './time.ts';

/** One line of `ListContainers`. */
export interface Listed {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly desired: string;
  readonly running: string;
  readonly path: string;
}

/** Properties of an object with camelCase keys; 64-bit values as numbers (µs fit until the year 2255). */
export type Properties = Readonly<Record<string, unknown>>;

/** The daemon as the commands see it: org.nixos.nspawn1(5) with errors that people can read. */
export class Daemon {
  readonly bus: Bus;
  readonly #whenBack: (() => void)[] = [];

  constructor(bus: Bus) {
    this.bus = bus;
  }

  /**
   * Calls a method of the manager. `doing` says what could not be done if it fails (`start web`);
   * `timeoutMs` is the call's deadline, for methods that return when something is done.
   */
  async call(
    doing: string,
    member: string,
    signature = '',
    body: unknown[] = [],
    timeoutMs = SHORT,
  ): Promise<unknown[]> {
    try {
      return await this.bus.call(BUS_NAME, MANAGER_PATH, MANAGER, member, signature, body, { timeoutMs });
    } catch (error) {
      throw explain(doing, error);
    }
  }

  /** All containers in short, sorted by name. */
  async list(): Promise<Listed[]> {
    const [rows] = (await this.call('list the containers', 'ListContainers')) as [string[][]];
    return rows
      .map(([name = '', state = '', reason = '', desired = '', running = '', path = '']) => {
        return { name, state, reason, desired, running, path };
      })
      .sort(byName);
  }

  /** All containers with all their properties, sorted by name. */
  async containers(): Promise<Properties[]> {
    const objects = await this.#tryTo('list the containers', () =>
      this.bus.call(BUS_NAME, MANAGER_PATH, OBJECT_MANAGER, 'GetManagedObjects', '', [], {
        timeoutMs: SHORT,
      }),
    );
    const [byPath] = objects as [Record<string, Record<string, Record<string, unknown>>>];
    return Object.values(byPath)
      .flatMap(interfaces => (interfaces[CONTAINER] ? [properties(interfaces[CONTAINER])] : []))
      .sort(byName);
  }

  /** The properties of one container. */
  async container(name: string): Promise<Properties> {
    const doing = `show ${name}`;
    const [path] = (await this.call(doing, 'GetContainer', 's', [name])) as [string];
    return properties(await this.#tryTo(doing, () => this.bus.getAll(BUS_NAME, path, CONTAINER)));
  }

  /** The properties of the manager. */
  async manager(): Promise<Properties> {
    return properties(
      await this.#tryTo('show the daemon', () => this.bus.getAll(BUS_NAME, MANAGER_PATH, MANAGER)),
    );
  }

  /**
   * Whether systemd is about to start the daemon, or to restart it, also after a crash; `active` without its name
   * on the bus is one that just died.
   */
  async isComing(): Promise<boolean> {
    try {
      const [unit] = (await this.bus.call(SYSTEMD, SYSTEMD_PATH, `${SYSTEMD}.Manager`, 'GetUnit', 's', [
        'nspawnd.service',
      ])) as [string];
      const { ActiveState, Job } = await this.bus.getAll(SYSTEMD, unit, `${SYSTEMD}.Unit`);
      return !['inactive', 'failed'].includes(String(ActiveState)) || (Job as [number, string])[0] !== 0;
    } catch (error) {
      // Not loaded: nobody starts it.
      if (error instanceof BusError) return false;
      throw error;
    }
  }

  /**
   * Resolves when somebody has the daemon's name on the bus; throws a `Timeout` after `timeoutMs`. Told by the
   * bus: `followOwner` must have been called before.
   */
  untilBack(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.bus.owner(BUS_NAME) !== '') return resolve();
      const gone = `nspawnd left the bus and did not come back within ${span(timeoutMs * 1000)}`;
      const deadline = setTimeout(() => reject(new CtlError(EXIT.timedOut, 'Timeout', gone)), timeoutMs);
      this.#whenBack.push(() => {
        clearTimeout(deadline);
        resolve();
      });
    });
  }

  /** Tells of the daemon leaving the bus and coming back, from now on. */
  followOwner(changed: (present: boolean) => void = () => undefined): void {
    this.bus.onOwnerChange(BUS_NAME, owner => {
      changed(owner !== '');
      if (owner !== '') for (const tell of this.#whenBack.splice(0)) tell();
    });
  }

  async #tryTo<T>(doing: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw explain(doing, error);
    }
  }
}

/** Connects to the system bus, lets `use` talk to the daemon, and closes the connection. */
export async function withDaemon<T>(use: (daemon: Daemon) => Promise<T>): Promise<T> {
  // The bus library is loaded here and not by `check`, `render` and `--help`.
  const { Bus } = await import('../adapters/bus/bus.ts');
  let bus: Bus;
  try {
    bus = await Bus.connect();
  } catch (error) {
    throw noDaemon(`nspawnd cannot be reached: ${messageOf(error)}`, error);
  }
  try {
    return await use(new Daemon(bus));
  } finally {
    await bus.close();
  }
}

/** Whether a call failed since the daemon is not on the bus, or left it before it answered. */
export function isGone(error: unknown): boolean {
  return error instanceof CtlError && (error.exitCode === EXIT.noDaemon || error.code === 'NoReply');
}

const SHORT = 30_000;
const SYSTEMD = 'org.freedesktop.systemd1';
const SYSTEMD_PATH = '/org/freedesktop/systemd1';

const ABSENT = new Set(['ServiceUnknown', 'NameHasNoOwner', 'Spawn.ServiceNotFound']);
const DENIED = new Set(['AccessDenied', 'AuthFailed', 'InteractiveAuthorizationRequired']);
const TIMED_OUT = new Set(['Timeout', 'TimedOut']);

/** A failed call as the one line that people get, with the exit code of nspawnctl(1). */
function explain(doing: string, error: unknown): CtlError {
  const name = error instanceof BusError ? error.code : '';
  const code = name.split('.').at(-1) || 'Failed';
  if (ABSENT.has(code)) return noDaemon('nspawnd is not running', error);
  const exitCode = DENIED.has(code) ? EXIT.notPermitted : TIMED_OUT.has(code) ? EXIT.timedOut : EXIT.failed;
  return new CtlError(exitCode, code, withoutEcho(`cannot ${doing}`, messageOf(error)), { cause: error });
}

/** The daemon's own messages often begin with what could not be done: not said twice. */
function withoutEcho(prefix: string, message: string): string {
  return message.startsWith('cannot ') ? message : `${prefix}: ${message}`;
}

function noDaemon(what: string, cause: unknown): CtlError {
  const message = `${what}; start it with: systemctl start nspawnd`;
  return new CtlError(EXIT.noDaemon, 'NoDaemon', message, { cause });
}

function properties(raw: Readonly<Record<string, unknown>>): Properties {
  const entries = Object.entries(raw).map(([name, value]) => [
    camelCase(name),
    typeof value === 'bigint' ? Number(value) : value,
  ]);
  return Object.fromEntries(entries);
}

function byName(a: Readonly<Record<string, unknown>> | Listed, b: typeof a): number {
  const [left, right] = [String(a.name), String(b.name)];
  return left < right ? -1 : left > right ? 1 : 0;
}
