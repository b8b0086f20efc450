import { nameOfUnit, unitOf } from '../model/name.ts';
import { encodeLabel } from '../model/object-path.ts';
import { quoted } from '../model/text.ts';
import type { UnitState } from '../plan/situation.ts';
import type { LiveProperty } from '../render/live-limits.ts';
import type { Bus, Signal } from './bus/bus.ts';
import { Variant } from './bus/encode.ts';
import { BusError, standardError } from './bus/errors.ts';
import { type JobResult, JobResults } from './job-results.ts';
import { ManagerLink } from './manager-link.ts';
import { PowerOffs } from './power-offs.ts';

const SYSTEMD = 'org.freedesktop.systemd1';
const ROOT = '/org/freedesktop/systemd1';
const MANAGER = `${SYSTEMD}.Manager`;
const UNIT = `${SYSTEMD}.Unit`;
const ALL_MACHINES = 'systemd-nspawn@*.service';
/** Up to so many names are matched one by one: PID 1 compares each with every unit it has. */
const FEW = 16;
/** PID 1 bounds each job by the unit's own time-outs; this only bounds a lost signal. */
const JOB_DEADLINE_MS = 24 * 60 * 60 * 1000;
const APPEARANCE_DEADLINE_MS = 20_000;
/** A daemon-reload with a thousand units loaded takes a second, on a busy host several. */
const RELOAD_DEADLINE_MS = 120_000;

/** How waitid(2) has it in si_code that a process has exited. */
const CLD_EXITED = 1;

export interface UnitFailure {
  /** In systemd's words: `exit-code`, `timeout`, `start-limit-hit`, … */
  readonly result: string;
  readonly invocation: string;
  /** The guest was powered off before it was ready. */
  readonly poweredOff: boolean;
}

export interface Systemd1Listener {
  /** Something about this machine's unit changed. */
  unitChanged(name: string): void;
  /** A file system was mounted or unmounted on the host. */
  mountsChanged(): void;
  /** PID 1 came back on the bus: signals may have been missed. */
  resync(): void;
  /** Resynchronizing failed. */
  failed(error: unknown): void;
  /** It can't be told whether a machine that was gone before it was ready had been powered off. */
  inDoubt(name: string, error: unknown): void;
}

type ListedUnit = [string, string, string, string, string, string, string, number, string, string];

/** The service manager. A job is finished at JobRemoved, not at the method's reply. */
export class Systemd1 {
  readonly #bus: Bus;
  readonly #link: ManagerLink;
  readonly #jobs = new JobResults();
  readonly #powerOffs: PowerOffs;
  /** The machines whose units were loaded when last asked about. */
  readonly #loaded = new Set<string>();

  private constructor(bus: Bus, link: ManagerLink, listener: Systemd1Listener) {
    this.#bus = bus;
    this.#link = link;
    this.#powerOffs = new PowerOffs(listener.inDoubt);
  }

  static async attach(bus: Bus, listener: Systemd1Listener): Promise<Systemd1> {
    const systemd = new Systemd1(bus, await ManagerLink.open(bus), listener);
    await systemd.#listen(listener);
    return systemd;
  }

  /** The major version: 257 of "257.13-1~deb13u1". */
  async version(): Promise<number> {
    const version = String(await this.#link.get(SYSTEMD, ROOT, MANAGER, 'Version'));
    const major = Number.parseInt(version, 10);
    if (Number.isNaN(major)) throw new Error(`cannot read the systemd version ${quoted(version)}`);
    return major;
  }

  /** The states of those machines' units that PID 1 has loaded; the others are inactive. */
  async units(names: readonly string[]): Promise<Map<string, UnitState>> {
    const patterns = names.length > FEW ? [ALL_MACHINES] : names.map(unitOf);
    // Those that were loaded when last seen are asked about in the same breath. Not the others: to ask about a unit
    // loads it, and that is told to us in turn.
    const guesses = new Map(
      names.filter(name => this.#loaded.has(name)).map(name => [name, this.#details(name)]),
    );
    const [[listed]] = await Promise.all([
      this.#call('ListUnitsByPatterns', 'asas', [[], patterns]),
      Promise.allSettled(guesses.values()),
    ]);
    const wanted = new Set(names);
    const loaded = (listed as ListedUnit[]).flatMap(unit => {
      const name = nameOfUnit(unit[0]);
      return name !== undefined && wanted.has(name) ? [{ name, unit }] : [];
    });
    for (const name of names) this.#loaded.delete(name);
    const states = loaded.map(async ({ name, unit: [, , , active, sub, , , , job] }) => {
      this.#loaded.add(name);
      const details = await (guesses.get(name) ?? this.#details(name));
      if (details === undefined) return [];
      const hasResult = sub.startsWith('auto-restart') || active === 'failed';
      const failure = hasResult ? await this.failureOf(name) : undefined;
      const result = failure && { result: failure.result, poweredOff: failure.poweredOff };
      return [[name, { active, sub, job, ...details, ...result }]] as const;
    });
    return new Map((await Promise.all(states)).flat());
  }

  start(name: string): Promise<JobResult> {
    return this.#freshJob('StartUnit', unitOf(name));
  }

  restart(name: string): Promise<JobResult> {
    return this.#freshJob('RestartUnit', unitOf(name));
  }

  async stop(name: string): Promise<JobResult> {
    try {
      return await this.#job('StopUnit', unitOf(name));
    } catch (error) {
      // Not loaded any more: it has stopped by itself.
      if (error instanceof BusError && error.code === `${SYSTEMD}.NoSuchUnit`) return 'done';
      throw error;
    }
  }

  /** `systemctl reload` of a service; false when it doesn't run. */
  async reloadService(unit: string): Promise<boolean> {
    const [listed] = await this.#call('ListUnitsByPatterns', 'asas', [['active'], [unit]]);
    return (listed as ListedUnit[]).length > 0 && (await this.#job('ReloadUnit', unit)) === 'done';
  }

  /** Lets a failed unit be forgotten, and its start limit start anew. */
  async resetFailed(name: string): Promise<void> {
    try {
      await this.#call('ResetFailedUnit', 's', [unitOf(name)]);
    } catch (error) {
      if (!(error instanceof BusError) || error.code !== `${SYSTEMD}.NoSuchUnit`) throw error;
    }
  }

  /**
   * Sets properties of a loaded unit now and until the host reboots, as `systemctl set-property --runtime` does. PID 1
   * keeps them in drop-ins of its own: see control-files.ts. When it refuses one (`InvalidArgs`, `PropertyReadOnly`),
   * some may be set.
   */
  async setProperties(name: string, properties: readonly LiveProperty[]): Promise<void> {
    const given = properties.map(({ name, signature, value }) => [name, new Variant(signature, value)]);
    await this.#call('SetUnitProperties', 'sba(sv)', [unitOf(name), true, given]);
  }

  /** `systemctl daemon-reload`. */
  async reload(): Promise<void> {
    await this.#call('Reload', '', [], RELOAD_DEADLINE_MS);
  }

  /** Why a unit failed. */
  async failureOf(name: string): Promise<UnitFailure> {
    const path = unitPath(unitOf(name));
    const service = (property: string) => this.#link.get(SYSTEMD, path, `${SYSTEMD}.Service`, property);
    const [result, code, status, id] = await Promise.all([
      service('Result'),
      service('ExecMainCode'),
      service('ExecMainStatus'),
      this.#link.get(SYSTEMD, path, UNIT, 'InvocationID'),
    ]);
    const invocation = hex(id);
    // Of a machine that is gone before it was ready, though nspawn found nothing wrong with how it went.
    const isSilent = result === 'protocol' && code === CLD_EXITED && status === 0;
    const poweredOff = isSilent && (await this.#powerOffs.was(name, invocation));
    return { result: String(result), invocation, poweredOff };
  }

  async #listen(listener: Systemd1Listener): Promise<void> {
    const bus = this.#bus;
    const onManager = ({ member, body }: Signal) => {
      if (member === 'JobRemoved') this.#jobs.end(String(body[1]), String(body[3]));
      const unit = { JobNew: body[2], JobRemoved: body[2], UnitNew: body[0], UnitRemoved: body[0] }[member];
      const name = unit === undefined ? undefined : nameOfUnit(String(unit));
      if (name !== undefined) listener.unitChanged(name);
      else if (member === 'UnitNew' && String(unit).endsWith('.mount')) listener.mountsChanged();
    };
    const onProperties = ({ path }: Signal) => {
      const name = nameOfPath(path);
      if (name !== undefined) listener.unitChanged(name);
      // `.mount`, encoded.
      else if (path.endsWith('_2emount')) listener.mountsChanged();
    };
    bus.onOwnerChange(SYSTEMD, owner => {
      if (owner !== '') this.#resync().then(() => listener.resync(), listener.failed);
    });
    await Promise.all([
      bus.subscribe({ sender: SYSTEMD, path: ROOT, interface: MANAGER }, onManager),
      bus.subscribe(
        {
          sender: SYSTEMD,
          pathNamespace: `${ROOT}/unit`,
          interface: 'org.freedesktop.DBus.Properties',
          member: 'PropertiesChanged',
          arg0: UNIT,
        },
        onProperties,
      ),
    ]);
    await this.#onBus();
    await this.#subscribe();
  }

  /** PID 1 takes a moment to come back after a restart of the bus, and a call before that would hang. */
  async #onBus(): Promise<void> {
    if (this.#bus.owner(SYSTEMD) !== '') return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = new BusError(standardError('Timeout'), 'the service manager is not on the bus');
    const deadline = setTimeout(() => reject(late), APPEARANCE_DEADLINE_MS);
    this.#bus.onOwnerChange(SYSTEMD, owner => owner !== '' && resolve());
    await promise.finally(() => clearTimeout(deadline));
  }

  async #subscribe(): Promise<void> {
    try {
      // Over the bus: it is for the connection that asks.
      await this.#bus.call(SYSTEMD, ROOT, MANAGER, 'Subscribe');
    } catch (error) {
      if (!(error instanceof BusError) || error.code !== `${SYSTEMD}.AlreadySubscribed`) throw error;
    }
  }

  /** After a re-execution PID 1 may know no subscriber, and may have ended jobs unheard. */
  async #resync(): Promise<void> {
    await Promise.all([this.#subscribe(), this.#link.renew()]);
    const [jobs] = await this.#call('ListJobs', '', []);
    const pending = new Set((jobs as [number, string, string, string, string, string][]).map(job => job[4]));
    for (const job of this.#jobs.awaited) if (!pending.has(job)) this.#jobs.end(job, 'unknown');
  }

  /** What the list doesn't tell; undefined when the unit is no longer loaded, about which a signal is on its way. */
  async #details(name: string): Promise<Pick<UnitState, 'invocation' | 'needsReload'> | undefined> {
    const path = unitPath(unitOf(name));
    try {
      const [invocation, needsReload] = await Promise.all([
        this.#link.get(SYSTEMD, path, UNIT, 'InvocationID'),
        this.#link.get(SYSTEMD, path, UNIT, 'NeedDaemonReload'),
      ]);
      return { invocation: hex(invocation), needsReload: needsReload === true };
    } catch (error) {
      if (error instanceof BusError && error.code === standardError('UnknownObject')) return undefined;
      throw error;
    }
  }

  /** The start limit is there for crash loops; a start on purpose doesn't count against it. */
  async #freshJob(method: string, unit: string): Promise<JobResult> {
    const [, result] = await Promise.all([
      this.#call('ResetFailedUnit', 's', [unit]).catch(ignoreNoSuchUnit),
      this.#job(method, unit),
    ]);
    return result;
  }

  async #job(method: string, unit: string): Promise<JobResult> {
    const [reply] = await this.#call(method, 'ss', [unit, 'replace']);
    const job = String(reply);
    const message = `cannot see the end of ${method} of ${unit}: ${job} never ended`;
    return this.#jobs.of(job, JOB_DEADLINE_MS, () => new BusError(standardError('Timeout'), message));
  }

  #call(method: string, signature: string, body: unknown[], timeoutMs?: number): Promise<unknown[]> {
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    return this.#link.call(SYSTEMD, ROOT, MANAGER, method, signature, body, options);
  }
}

function ignoreNoSuchUnit(error: unknown): void {
  if (!(error instanceof BusError) || error.code !== `${SYSTEMD}.NoSuchUnit`) throw error;
}

function unitPath(unit: string): string {
  return `${ROOT}/unit/${encodeLabel(unit)}`;
}

const UNIT_PREFIX = `${ROOT}/unit/systemd_2dnspawn_40`;

function nameOfPath(path: string): string | undefined {
  if (!path.startsWith(UNIT_PREFIX)) return undefined;
  const label = path.slice(`${ROOT}/unit/`.length);
  return nameOfUnit(
    label.replace(/_([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  );
}

function hex(bytes: unknown): string {
  return bytes instanceof Uint8Array || Array.isArray(bytes) ? Buffer.from(bytes).toString('hex') : '';
}
