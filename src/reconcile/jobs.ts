import type { Logger } from 'pino';
import type { Lastings } from '../adapters/lastings.ts';
import type { Machine1 } from '../adapters/machine1.ts';
import type { Records } from '../adapters/records.ts';
import type { Systemd1 } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import { unitOf } from '../model/name.ts';
import type { JobAction } from '../plan/actions.ts';
import { since } from './clock.ts';
import { startMachine } from './start-job.ts';
import { switchMachine } from './switch-job.ts';
import { type Limits, type Neighbours, Turns } from './turns.ts';
import type { Views } from './views.ts';

export interface JobsParts {
  readonly systemd: Systemd1;
  readonly machined: Machine1;
  readonly records: Records;
  readonly lastings: Lastings;
  readonly views: Views;
  readonly log: Logger;
  /** This boot of the host. */
  readonly boot: string;
  /** activation.timeout of a container, ms. */
  timeoutOf(name: string): number;
  /** Why a machine can't be started as declared as things are on the host; undefined when it can. */
  hostLacks(name: string): string | undefined;
}

/** How a job of ours ended: '' for well, else why not. */
export type Outcome = string;

export interface JobsListener extends Neighbours {
  /** Its turn has come, and it begins. */
  begins(name: string, job: JobAction): void;
  /** A name is free again. `thrown`: what kept its job from being done, if anything did. */
  ended(name: string, outcome: Outcome, thrown: unknown): void;
}

/** The starts, switches and stops of machines: one at a time for a name, each in its turn. */
export class Jobs {
  readonly #parts: JobsParts;
  readonly #turns: Turns;
  readonly #listener: JobsListener;

  constructor(parts: JobsParts, limits: Limits, listener: JobsListener) {
    this.#parts = parts;
    this.#turns = new Turns(limits, listener);
    this.#listener = listener;
  }

  /** Whether a job of this name is under way: until it has ended nothing else is done to the machine. */
  has(name: string): boolean {
    return this.#turns.isUnderWay(name);
  }

  /** Whether a job of this name is yet to begin: another plan may still change it. */
  isWaiting(name: string): boolean {
    return this.#turns.isWaiting(name);
  }

  setLimits(limits: Limits): void {
    this.#turns.setLimits(limits);
    this.admit();
  }

  /** What a look at the name led to; it begins at one of the next `admit`s. Undefined: nothing. */
  ask(name: string, job: JobAction | undefined): void {
    if (job === undefined) this.#turns.withdraw(name);
    else this.#turns.ask(name, job);
  }

  /** Begins what may begin; to be called whenever that may be more than before. */
  admit(): void {
    for (const [name, job] of this.#turns.begin()) void this.#run(name, job);
  }

  /** A machine is in the middle of an update which a daemon before us began. */
  adopt(name: string): void {
    this.#turns.isDown(name);
  }

  /** The update of a machine has had its last word: another one may go down. */
  settled(name: string): void {
    this.#turns.settled(name);
  }

  /** Never rejects: what went wrong is logged, published, and put on record. */
  async #run(name: string, job: JobAction): Promise<void> {
    let outcome: Outcome;
    let thrown: unknown;
    try {
      this.#listener.begins(name, job);
      outcome = await (job.kind === 'stop' ? this.#stop(name, job.why) : this.#change(name, job));
    } catch (error) {
      thrown = error;
      const { log, views } = this.#parts;
      outcome = `cannot ${job.kind} ${unitOf(name)}: ${messageOf(error)}`;
      log.error({ err: error, name, action: job.kind }, outcome);
      views.setState(name, 'failed', outcome);
    }
    this.#turns.ended(name);
    this.#listener.ended(name, outcome, thrown);
    this.admit();
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
