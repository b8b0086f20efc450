import type { Logger } from 'pino';
import { lastLineOf } from '../adapters/journal.ts';
import type { Records } from '../adapters/records.ts';
import type { JobResult, Systemd1 } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import { unitOf } from '../model/name.ts';
import type { JobAction } from '../plan/actions.ts';
import { since } from './clock.ts';
import { Slots } from './slots.ts';
import type { Views } from './views.ts';

export interface JobsParts {
  readonly systemd: Systemd1;
  readonly records: Records;
  readonly views: Views;
  readonly log: Logger;
  readonly parallel: number;
}

/** How a job of ours ended: '' for well, else why not. */
export type Outcome = string;

/** The starts, restarts and stops of machines that are under way: one at a time for a name, bounded for the host. */
export class Jobs {
  readonly #parts: JobsParts;
  readonly #running = new Set<string>();
  readonly #slots: Slots;
  readonly #ended: (name: string, error: unknown) => void;

  /** `ended` is told when a name is free again, with what was thrown, if anything was. */
  constructor(parts: JobsParts, ended: (name: string, error: unknown) => void) {
    this.#parts = parts;
    this.#slots = new Slots(parts.parallel);
    this.#ended = ended;
  }

  has(name: string): boolean {
    return this.#running.has(name);
  }

  setParallel(parallel: number): void {
    this.#slots.resize(parallel);
  }

  /** Never rejects: what went wrong is logged, published, and put on record. */
  async run(name: string, job: JobAction): Promise<Outcome> {
    this.#running.add(name);
    let thrown: unknown;
    try {
      return await (job.kind === 'stop'
        ? this.#stop(name, job.why)
        : this.#slots.hold(() => this.#start(name, job)));
    } catch (error) {
      thrown = error;
      const { log, views } = this.#parts;
      const reason = `cannot ${job.kind} ${unitOf(name)}: ${messageOf(error)}`;
      log.error({ err: error, name, action: job.kind }, reason);
      views.setState(name, 'failed', reason);
      return reason;
    } finally {
      this.#running.delete(name);
      this.#ended(name, thrown);
    }
  }

  async #stop(name: string, why: string): Promise<Outcome> {
    const { systemd, log } = this.#parts;
    const began = performance.now();
    const result = await systemd.stop(name);
    log.info({ name, action: 'stop', why, result, ms: since(began) }, `${name}: stop: ${why}: ${result}`);
    return result === 'done' ? '' : `cannot stop ${unitOf(name)}: its stop job ended with "${result}"`;
  }

  async #start(name: string, job: Extract<JobAction, { kind: 'start' | 'restart' }>): Promise<Outcome> {
    const { systemd, log, views } = this.#parts;
    const from = job.kind === 'restart' ? job.from : '';
    const to = job.start.system;
    const began = performance.now();
    // Asked first and told after: what is told is not what PID 1 has to wait for.
    const ended = job.kind === 'start' ? systemd.start(name) : systemd.restart(name);
    views.setState(name, job.kind === 'start' ? 'starting' : 'updating', job.why);
    if (job.kind === 'restart') views.updateStarted(name, from, to);
    log.info({ name, action: job.kind, why: job.why, from, to }, `${name}: ${job.kind}: ${job.why}`);

    const result = await ended;
    const ms = performance.now() - began;
    const outcome = await this.#conclude(name, job, result);
    views.setUpdated(name, ms);
    if (job.kind === 'restart') views.updateFinished(name, from, to, outcome === '' ? 'done' : 'failed');
    const line = { name, action: job.kind, result, from, to, ms: Math.round(ms) };
    if (outcome === '') log.info(line, `${name}: ${job.kind} done in ${line.ms} ms`);
    else log.error({ ...line, why: outcome }, `${name}: ${job.kind} failed: ${outcome}`);
    return outcome;
  }

  async #conclude(
    name: string,
    { start }: { start: { system: string; fingerprint: string } },
    result: JobResult,
  ): Promise<Outcome> {
    const { records, systemd } = this.#parts;
    // Unknown: PID 1 was re-executed meanwhile; the next look at the unit tells.
    if (result === 'done' || result === 'unknown') return '';
    if (result === 'canceled') {
      const stopped = 'stopped from outside nspawnd while it was starting';
      records.set(name, { ...records.get(name), stopped });
      return stopped;
    }
    const reason = await this.#why(name, start.system, result);
    // On record before the unit is stopped, so that a daemon killed in between doesn't try the same once more.
    records.set(name, { failure: { ...start, reason } });
    // systemd would go on restarting what never became ready.
    await systemd.stop(name);
    return reason;
  }

  /** One sentence from the unit's result and the last that was heard of it. */
  async #why(name: string, system: string, result: JobResult): Promise<string> {
    const { systemd, log } = this.#parts;
    const what = `cannot start ${system}`;
    try {
      const failure = await systemd.failureOf(name);
      const line = await lastLineOf(unitOf(name), failure.invocation);
      const cause =
        failure.result === 'success' ? `its start job ended with "${result}"` : explain(failure.result);
      return line === '' ? `${what}: ${cause}` : `${what}: ${cause}; its last words: ${line}`;
    } catch (error) {
      log.warn({ err: error, name }, `cannot find out why ${name} failed: ${messageOf(error)}`);
      return `${what}: its start job ended with "${result}"`;
    }
  }
}

/** The service results that an administrator meets here (systemd.exec(5), $SERVICE_RESULT). */
function explain(result: string): string {
  switch (result) {
    case 'timeout':
      return 'the guest did not report ready within activation.timeout';
    case 'exit-code':
      return 'the guest or systemd-nspawn exited with an error';
    case 'start-limit-hit':
      return 'it was restarted too often';
    default:
      return `its unit failed with result "${result}"`;
  }
}
