import { messageOf } from '../model/errors.ts';
import { isMachineName } from '../model/name.ts';
import { quoted, sanitize, shortened } from '../model/text.ts';
import { type Budget, Excess, excessIn } from './bus/budget.ts';
import { Bus, BusError, type BusOptions, standardError } from './bus/bus.ts';
import { Deadline } from './guest/deadline.ts';
import {
  type FollowOptions,
  followHealth,
  type GuestHealth,
  healthAfterBoot,
  stateOf,
} from './guest/health.ts';
import { HostFault, remedyFor } from './guest/host-fault.ts';
import { BRIDGE } from './guest/journalctl.ts';
import { GuestManager } from './guest/manager.ts';
import { type LogQuery, linesOf } from './guest/output.ts';
import { harmless, lastWords } from './guest/text.ts';
import { GuestUnit, STOP_MS, type TransientUnit, type UnitResult } from './guest/unit.ts';
import { startTimer } from './timer.ts';

export type { GuestHealth } from './guest/health.ts';
export { HostFault } from './guest/host-fault.ts';

const CONNECT_MS = 15_000;
/** The guest ends what is late by itself, and is given that long to say so. */
const GRACE_MS = STOP_MS + 5_000;
/** For what is to be cleaned up in a guest that may not answer. */
const CLEANUP_MS = 5_000;
const MAX_MESSAGE = 1024 * 1024;
/** A list of 2,000 failed units has 22,000 values, and takes 30 ms to read. */
const LIMITS = { maxValues: 25_000 };
/** A guest of a thousand units that reloads its manager sends a few thousand messages, which take 0.2 s. */
const BUDGET: Budget = {
  bytes: { perSecond: 1024 * 1024, atOnce: 16 * 1024 * 1024 },
  messages: { perSecond: 1000, atOnce: 10_000 },
  ms: { perSecond: 50, atOnce: 2000 },
};
const MAX_WARNINGS = 5;
/** Of a command's output. */
const MAX_LINES = 500;

export interface GuestRun {
  readonly result: 'done' | 'failed' | 'timeout';
  /** -1 when the command didn't exit by itself, or never ran. */
  readonly exitStatus: number;
  /** The last lines that it wrote, as one of at most 300 characters; '' when done. */
  readonly output: string;
  /** The last lines that it wrote, none of them blank; none when done. */
  readonly lines: readonly string[];
}

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  readonly log: NonNullable<BusOptions['log']>;
  /** Asks for no signals, and looks now and then instead: for a guest that sent too much of them. */
  readonly quiet?: boolean;
}

export interface RunOptions {
  readonly timeoutMs: number;
  /** The unit stays in the guest with its result, and goes on when we don't. */
  readonly keep?: boolean;
  /** A unit of that name is stopped and forgotten first. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
  /** `NAME=value` */
  readonly environment?: readonly string[];
}

/**
 * A guest's own systemd. What comes from it is not to be trusted: messages are bounded, each wait has a deadline,
 * text is made harmless.
 */
export class Guest {
  readonly #name: string;
  readonly #bus: Bus;
  readonly #manager: GuestManager;
  readonly #options: ConnectOptions;

  private constructor(name: string, bus: Bus, manager: GuestManager, options: ConnectOptions) {
    this.#name = name;
    this.#bus = bus;
    this.#manager = manager;
    this.#options = options;
  }

  /**
   * Connects to the guest's bus. undefined: it has no socket of one; ask a guest that has reported ready, whose
   * bus would be there. Rejects when it isn't there, doesn't answer, or answers no D-Bus; with a HostFault when it is the
   * host's fault that it can't be reached; see `hasSentTooMuch` too.
   */
  static async connect(name: string, options: ConnectOptions): Promise<Guest | undefined> {
    if (!isMachineName(name)) throw new Error(`cannot connect to the guest ${quoted(name)}`);
    using deadline = new Deadline(CONNECT_MS, 'get an answer', options.signal);
    const log = limited(name, options.log);
    const { signal } = deadline;
    let bus: Bus | undefined;
    try {
      bus = await Bus.connect({
        address: `unix:path=${BRIDGE}`,
        preamble: `${name}\n`,
        maxMessage: MAX_MESSAGE,
        limits: LIMITS,
        budget: BUDGET,
        signal,
        log,
      });
      const manager = await untilAborted(GuestManager.attach(bus, name, signal, options.quiet), signal);
      return new Guest(name, bus, manager, { ...options, log });
    } catch (cause) {
      await bus?.close();
      if (hasNoBus(cause)) return undefined;
      options.signal?.throwIfAborted();
      const excess = excessIn(cause);
      if (excess !== undefined)
        throw excess === cause ? excess : new Excess(`the guest ${name} is left alone: ${excess.message}`);
      const what = `cannot connect to the guest ${name}`;
      const remedy = remedyFor(cause);
      throw remedy === undefined ? harmless(cause, what) : new HostFault(what, cause, remedy);
    }
  }

  /** Waits until the guest's boot has come to its end, then tells how it is. Rejects with `Timeout` if it doesn't. */
  async health(options: { signal?: AbortSignal; timeoutMs: number }): Promise<GuestHealth> {
    using deadline = new Deadline(options.timeoutMs, `see the guest ${this.#name} booted`, options.signal);
    // Not without await: the deadline would be disposed of before.
    return await healthAfterBoot(this.#manager, deadline.signal);
  }

  /**
   * Tells of its health, at first and whenever it has changed. Rejects when the guest can no longer be heard, as when
   * it stops, or is `quiet`, and when aborted with the reason.
   */
  follow(
    told: (health: GuestHealth) => void,
    signal: AbortSignal,
    options: FollowOptions = {},
  ): Promise<never> {
    // It would have to be looked at for ever.
    if (this.#options.quiet) return Promise.reject(new Excess(`the guest ${this.#name} sends too much`));
    return followHealth(this.#manager, told, signal, options);
  }

  /** Follows it for `ms`: its health as soon as `isBad` says so of it, undefined when that did not happen. */
  async watch(
    ms: number,
    isBad: (health: GuestHealth) => boolean,
    signal: AbortSignal,
  ): Promise<GuestHealth | undefined> {
    const over = new AbortController();
    using _ = startTimer(ms, () => over.abort());
    let found: GuestHealth | undefined;
    const told = (health: GuestHealth) => {
      if (!isBad(health)) return;
      found = health;
      over.abort();
    };
    try {
      const until = AbortSignal.any([signal, over.signal]);
      await followHealth(this.#manager, told, until, { restarts: true });
    } catch (error) {
      signal.throwIfAborted();
      if (!over.signal.aborted) throw error;
    }
    return found;
  }

  /** The last lines of a unit's journal, none of them blank; none where there is nothing to be had. */
  log(query: Omit<LogQuery, 'since'>): Promise<string[]> {
    return linesOf(this.#name, query);
  }

  /** As `log`, of its present or last run alone, and without what the guest's manager says of it. */
  async logOfRun(unit: string, lines: number): Promise<string[]> {
    const since = await new GuestUnit(this.#manager, unit).since();
    return since <= 0n ? [] : linesOf(this.#name, { unit, since, lines, named: true });
  }

  /**
   * Runs a command in the guest as the unit `unit` and tells how it ended. When there is one of that name, of
   * another process of ours for instance, that is waited for, or its result told. It survives that the guest's
   * manager is reloaded or re-executed. Rejects when the guest can't start it, goes down, or is lost.
   */
  async run(unit: string, command: readonly string[], options: RunOptions): Promise<GuestRun> {
    const { timeoutMs, keep = false, fresh = false, environment = [] } = options;
    const what = `see the end of ${unit} in the guest ${this.#name}`;
    using deadline = new Deadline(timeoutMs + GRACE_MS, what, options.signal);
    const transient = new GuestUnit(this.#manager, unit);
    try {
      if (fresh) await transient.remove(deadline.signal);
      const ended = await this.#ended(transient, { command, environment, timeoutMs, keep }, deadline.signal);
      const run = await this.#outcome(unit, ended);
      if (!keep) await transient.release();
      return run;
    } catch (error) {
      if (!deadline.signal.aborted) throw error;
      return await this.#abort(transient, keep, deadline);
    }
  }

  /** Stops a unit of `run`, if there is one, and forgets its result. */
  async forget(unit: string): Promise<void> {
    using deadline = new Deadline(CLEANUP_MS, `see the end of ${unit} in the guest ${this.#name}`);
    await new GuestUnit(this.#manager, unit).remove(deadline.signal);
  }

  async close(): Promise<void> {
    this.#manager.close();
    await this.#bus.close();
  }

  async #ended(unit: GuestUnit, transient: TransientUnit, signal: AbortSignal): Promise<UnitResult> {
    try {
      await unit.start(transient, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw harmless(error, `cannot start ${unit.name} in the guest ${this.#name}`);
    }
    return unit.ended(signal);
  }

  async #outcome(unit: string, { result, exitStatus, since }: UnitResult): Promise<GuestRun> {
    if (result === 'success' && exitStatus === 0)
      return { result: 'done', exitStatus, output: '', lines: [] };
    // The guest's shutdown ends everything in it, which says nothing of the command.
    if ((await stateOf(this.#manager)) === 'stopping')
      throw new BusError(standardError('Disconnected'), `the guest ${this.#name} is shutting down`);
    return {
      result: result === 'timeout' ? 'timeout' : 'failed',
      exitStatus,
      ...(await this.#said(unit, since)),
    };
  }

  /** Nobody waits any more: the unit is stopped, unless it is to be kept and only the caller gave up. */
  async #abort(unit: GuestUnit, keep: boolean, deadline: Deadline): Promise<GuestRun> {
    let since = 0n;
    if (deadline.expired || !keep) {
      try {
        const signal = AbortSignal.timeout(CLEANUP_MS);
        since = await untilAborted(unit.since(), signal);
        await untilAborted(unit.stop(), signal);
        if (!keep) await untilAborted(unit.release(), signal);
      } catch (error) {
        this.#options.log('warn', `cannot stop ${unit.name}: ${messageOf(error)}`);
      }
    }
    if (!deadline.expired) throw deadline.signal.reason;
    return { result: 'timeout', exitStatus: -1, ...(await this.#said(unit.name, since)) };
  }

  async #said(unit: string, since: bigint): Promise<Pick<GuestRun, 'output' | 'lines'>> {
    const lines = since <= 0n ? [] : await linesOf(this.#name, { unit, since, lines: MAX_LINES });
    return { lines, output: lastWords(lines) };
  }
}

/** Whether it failed since the guest is going down, or the connection to it was lost. */
export function isGuestGone(error: unknown): boolean {
  return error instanceof BusError && error.code === standardError('Disconnected');
}

/** Whether the connection was given up since the guest sent more than it may; it may be asked `quiet` then. */
export function hasSentTooMuch(error: unknown): boolean {
  return error instanceof Excess;
}

/** What the bridge says when there is no socket of a bus; see systemd-stdio-bridge(1), and nspawnd-guest@.service. */
function hasNoBus(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return (
    cause instanceof BusError &&
    cause.code === standardError('AuthFailed') &&
    cause.message.endsWith(': No such file or directory')
  );
}

/** A guest may send any number of things that we would warn of. */
function limited(name: string, log: ConnectOptions['log']): ConnectOptions['log'] {
  let left = MAX_WARNINGS;
  return (level, message) => {
    if (left-- > 0) log(level, `the guest ${name}: ${sanitize(shortened(message))}`);
  };
}

/** The result, or the signal's reason if that comes first. */
function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
