import type { Logger } from 'pino';
import type { Lastings } from '../adapters/lastings.ts';
import type { Records } from '../adapters/records.ts';
import type { Systemd1 } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import { unitOf } from '../model/name.ts';
import type { JobAction } from '../plan/actions.ts';
import { since } from './clock.ts';
import { Slots } from './slots.ts';
import { startMachine } from './start-job.ts';
import { switchMachine } from './switch-job.ts';
import type { Views } from './views.ts';

export interface JobsParts {
  readonly systemd: Systemd1;
  readonly records: Records;
  readonly lastings: Lastings;
  readonly views: Views;
  readonly log: Logger;
  /** This boot of the host. */
  readonly boot: string;
  /** activation.timeout of a container, ms. */
  timeoutOf(name: string): number;
}

/** How many may do what at once; null: no bound. */
export interface Limits {
  /** Starts, restarts and switches under way. */
  readonly parallel: number;
  /** Machines between the beginning of their update and its last word. */
  readonly maxDown: number | null;
}

/** How a job of ours ended: '' for well, else why not. */
export type Outcome = string;

export interface JobsListener {
  /** It has its slots, and begins; false: something happened meanwhile, look again first. */
  begins(name: string, job: JobAction): boolean;
  /** A name is free again; `thrown`: what kept its job from being done, if anything did. */
  ended(name: string, thrown: unknown): void;
}

/** The starts, switches and stops of machines that are under way: one at a time for a name, bounded for the host. */
export class Jobs {
  readonly #parts: JobsParts;
  readonly #running = new Set<string>();
  readonly #slots: Slots;
  readonly #down: Slots;
  /** The names that hold a place among those that may be down. */
  readonly #held = new Set<string>();
  readonly #listener: JobsListener;

  constructor(parts: JobsParts, limits: Limits, listener: JobsListener) {
    this.#parts = parts;
    this.#slots = new Slots(limits.parallel);
    this.#down = new Slots(limits.maxDown ?? Number.POSITIVE_INFINITY);
    this.#listener = listener;
  }

  has(name: string): boolean {
    return this.#running.has(name);
  }

  setLimits({ parallel, maxDown }: Limits): void {
    this.#slots.resize(parallel);
    this.#down.resize(maxDown ?? Number.POSITIVE_INFINITY);
  }

  /** The update of a machine has had its last word: another one may go down. */
  settled(name: string): void {
    if (this.#held.delete(name)) this.#down.release();
  }

  /** Never rejects: what went wrong is logged, published, and put on record. */
  async run(name: string, job: JobAction): Promise<Outcome> {
    this.#running.add(name);
    let thrown: unknown;
    try {
      return await this.#admit(name, job);
    } catch (error) {
      thrown = error;
      const { log, views } = this.#parts;
      const reason = `cannot ${job.kind} ${unitOf(name)}: ${messageOf(error)}`;
      log.error({ err: error, name, action: job.kind }, reason);
      views.setState(name, 'failed', reason);
      return reason;
    } finally {
      this.#running.delete(name);
      this.#listener.ended(name, thrown);
    }
  }

  async #admit(name: string, job: JobAction): Promise<Outcome> {
    if (job.kind === 'stop') return this.#stop(name, job.why);
    if (job.kind !== 'start' && !this.#held.has(name)) {
      await this.#down.acquire();
      this.#held.add(name);
    }
    return this.#slots.hold(async () => {
      // Whatever happened while it waited for its turn may call for something else.
      if (!this.#listener.begins(name, job)) return '';
      return this.#change(name, job);
    });
  }

  async #stop(name: string, why: string): Promise<Outcome> {
    const { systemd, log } = this.#parts;
    const began = performance.now();
    const result = await systemd.stop(name);
    log.info({ name, action: 'stop', why, result, ms: since(began) }, `${name}: stop: ${why}: ${result}`);
    return result === 'done' ? '' : `cannot stop ${unitOf(name)}: its stop job ended with "${result}"`;
  }

  async #change(name: string, job: Exclude<JobAction, { kind: 'stop' }>): Promise<Outcome> {
    const { log, views } = this.#parts;
    const from = job.kind === 'start' ? '' : job.from;
    const to = job.start.system;
    const began = performance.now();
    // Asked first and told after: what is told is not what PID 1 has to wait for.
    const ended =
      job.kind === 'switch' ? switchMachine(this.#parts, name, job) : startMachine(this.#parts, name, job);
    views.setState(name, job.kind === 'start' ? 'starting' : 'updating', job.why);
    log.info({ name, action: job.kind, why: job.why, from, to }, `${name}: ${job.kind}: ${job.why}`);

    const outcome = await ended;
    const line = { name, action: job.kind, from, to, ms: since(began) };
    if (outcome === '') log.info(line, `${name}: ${job.kind} done in ${line.ms} ms`);
    else log.error({ ...line, why: outcome }, `${name}: ${job.kind} failed: ${outcome}`);
    return outcome;
  }
}
