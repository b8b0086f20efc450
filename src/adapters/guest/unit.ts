import { encodeLabel } from '../../model/object-path.ts';
import { Variant } from '../bus/encode.ts';
import { type GuestManager, hasCode, ROOT, SYSTEMD } from './manager.ts';

/** How long the command has from SIGTERM to SIGKILL once its time is up. */
export const STOP_MS = 5_000;

/** What a transient unit is made of. */
export interface TransientUnit {
  readonly command: readonly string[];
  readonly environment: readonly string[];
  readonly timeoutMs: number;
  readonly keep: boolean;
}

export interface UnitResult {
  /** systemd's word: `success`, `exit-code`, `signal`, `timeout`, …; `gone` when the unit isn't there any more. */
  readonly result: string;
  /** -1 when the command didn't exit by itself, or never ran. */
  readonly exitStatus: number;
  /** When it began, in µs since the epoch; 0 when unknown. */
  readonly since: bigint;
}

/** A transient unit of a guest, by its name. */
export class GuestUnit {
  readonly name: string;
  readonly path: string;
  readonly #manager: GuestManager;

  constructor(manager: GuestManager, name: string) {
    this.#manager = manager;
    this.name = name;
    this.path = `${ROOT}/unit/${encodeLabel(name)}`;
  }

  /** Starts it, unless there is one of that name. */
  async start(unit: TransientUnit, signal: AbortSignal): Promise<void> {
    const start = async () => {
      try {
        await this.#manager.call('StartTransientUnit', 'ssa(sv)a(sa(sv))', [
          this.name,
          'fail',
          properties(unit),
          [],
        ]);
      } catch (error) {
        if (!hasCode(error, `${SYSTEMD}.UnitExists`)) throw error;
      }
      return true;
    };
    // A manager that went away over it has it or hasn't; asked again it says so.
    await this.#manager.until(start, () => false, signal);
  }

  /** Waits until it neither runs nor is to run. */
  ended(signal: AbortSignal): Promise<UnitResult> {
    return this.#manager.until(
      () => this.#result(),
      told =>
        (told.member === 'PropertiesChanged' && told.path === this.path) ||
        (told.member === 'JobRemoved' && told.text(2) === this.name) ||
        (told.member === 'UnitRemoved' && told.text(0) === this.name),
      signal,
    );
  }

  /** Stops it and waits until it is no more. */
  async remove(signal: AbortSignal): Promise<void> {
    await this.stop();
    await this.ended(signal);
    await this.#unlessGone('ResetFailedUnit', 's', [this.name]);
    await this.#manager.until(
      async () => ((await this.#exists()) ? undefined : true),
      told => told.member === 'UnitRemoved' && told.text(0) === this.name,
      signal,
    );
  }

  async stop(): Promise<void> {
    await this.#unlessGone('StopUnit', 'ss', [this.name, 'replace']);
  }

  /** Lets go of what `start` without `keep` holds. */
  async release(): Promise<void> {
    await this.#unlessGone('UnrefUnit', 's', [this.name]);
  }

  /** When it began, in µs since the epoch; 0 when it never did. */
  async since(): Promise<bigint> {
    const time = await this.#manager.get(this.path, 'Unit', 'InactiveExitTimestamp');
    return typeof time === 'bigint' ? time : 0n;
  }

  async #result(): Promise<UnitResult | undefined> {
    // Not by its properties alone: to read those of a unit that is gone loads it.
    if (!(await this.#exists())) return { result: 'gone', exitStatus: -1, since: 0n };
    const [active, job] = await Promise.all([
      this.#manager.get(this.path, 'Unit', 'ActiveState'),
      this.#manager.get(this.path, 'Unit', 'Job'),
    ]);
    const isSettled = active === 'active' || active === 'inactive' || active === 'failed';
    if (!isSettled || !Array.isArray(job) || job[0] !== 0) return undefined;
    const [result, code, status, since] = await Promise.all([
      this.#manager.get(this.path, 'Service', 'Result'),
      this.#manager.get(this.path, 'Service', 'ExecMainCode'),
      this.#manager.get(this.path, 'Service', 'ExecMainStatus'),
      this.since(),
    ]);
    const exited = code === CLD_EXITED && typeof status === 'number';
    return { result: String(result), exitStatus: exited ? status : -1, since };
  }

  async #exists(): Promise<boolean> {
    try {
      await this.#manager.call('GetUnit', 's', [this.name]);
      return true;
    } catch (error) {
      if (hasCode(error, `${SYSTEMD}.NoSuchUnit`)) return false;
      throw error;
    }
  }

  async #unlessGone(method: string, signature: string, body: unknown[]): Promise<void> {
    try {
      await this.#manager.call(method, signature, body);
    } catch (error) {
      const fine = [`${SYSTEMD}.NoSuchUnit`, `${SYSTEMD}.NotReferenced`];
      if (!fine.some(code => hasCode(error, code))) throw error;
    }
  }
}

/** waitid(2) */
const CLD_EXITED = 1;

function properties({ command, environment, timeoutMs, keep }: TransientUnit): [string, Variant][] {
  const [program = ''] = command;
  const kept: [string, Variant][] = [['RemainAfterExit', new Variant('b', true)]];
  // Held by our connection, and gone with it however we end, but not before its result is read.
  const passing: [string, Variant][] = [
    ['AddRef', new Variant('b', true)],
    ['CollectMode', new Variant('s', 'inactive-or-failed')],
  ];
  return [
    ['Description', new Variant('s', `nspawnd: ${command.join(' ')}`)],
    ['Type', new Variant('s', 'oneshot')],
    // Each word as it is: without the flag systemd would replace $VARIABLES in them.
    ['ExecStartEx', new Variant('a(sasas)', [[program, command, ['no-env-expand']]])],
    ['Environment', new Variant('as', environment)],
    ['TimeoutStartUSec', new Variant('t', microseconds(timeoutMs))],
    ['TimeoutStopUSec', new Variant('t', microseconds(STOP_MS))],
    ...(keep ? kept : passing),
  ];
}

/** USEC_INFINITY of systemd */
const FOREVER = 2n ** 64n - 1n;

function microseconds(ms: number): bigint {
  return Number.isFinite(ms) ? BigInt(Math.ceil(ms * 1000)) : FOREVER;
}
