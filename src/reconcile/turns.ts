import type { JobAction } from '../plan/actions.ts';

/** How many may do what at once; null: no bound. */
export interface Limits {
  /** Starts, restarts and switches under way. */
  readonly parallel: number;
  /** Machines between the beginning of their update and its last word. */
  readonly maxDown: number | null;
}

/** What decides over turns besides the limits. */
export interface Neighbours {
  /** It is about to be looked at, or being looked at: what it has to do may be another thing in a moment. */
  isOpen(name: string): boolean;
  dependenciesOf(name: string): readonly string[];
  dependantsOf(name: string): readonly string[];
}

/**
 * Which of the jobs that were planned may begin: first come first served within the limits, what a machine depends on
 * before it, what depends on a machine that is to stop before that. Stops are not bounded. What is in the middle of an
 * update comes before all that isn't, which may wait for its end: its machine may be down.
 *
 * Invariant: a job that waits is what the last look at its name asked for.
 */
export class Turns {
  readonly #neighbours: Neighbours;
  readonly #waiting = new Map<string, JobAction>();
  readonly #underWay = new Map<string, JobAction>();
  readonly #down = new Set<string>();
  #limits: Limits;

  constructor(limits: Limits, neighbours: Neighbours) {
    this.#limits = limits;
    this.#neighbours = neighbours;
  }

  setLimits(limits: Limits): void {
    this.#limits = limits;
  }

  /** Whoever waits already, for whatever, keeps its place. */
  ask(name: string, job: JobAction): void {
    this.#waiting.set(name, job);
  }

  withdraw(name: string): void {
    this.#waiting.delete(name);
  }

  isWaiting(name: string): boolean {
    return this.#waiting.has(name);
  }

  isUnderWay(name: string): boolean {
    return this.#underWay.has(name);
  }

  /** Those whose turn has come. From now on they are under way. */
  begin(): [string, JobAction][] {
    const rank = ([name]: [string, JobAction]) => (this.#down.has(name) ? 0 : 1);
    const inOrder = [...this.#waiting].sort((a, b) => rank(a) - rank(b));
    return inOrder.filter(([name, job]) => {
      if (!this.#mayBegin(name, job)) return false;
      this.#waiting.delete(name);
      this.#underWay.set(name, job);
      if (isUpdate(job)) this.#down.add(name);
      return true;
    });
  }

  ended(name: string): void {
    this.#underWay.delete(name);
  }

  /** It is in the middle of an update, which was not begun here. */
  isDown(name: string): void {
    this.#down.add(name);
  }

  /** Its update has had its last word. */
  settled(name: string): void {
    this.#down.delete(name);
  }

  #mayBegin(name: string, job: JobAction): boolean {
    const { isOpen, dependenciesOf, dependantsOf } = this.#neighbours;
    const { parallel, maxDown } = this.#limits;
    if (isOpen(name)) return false;
    const isStop = job.kind === 'stop';
    const first = isStop
      ? dependantsOf(name)
      : dependenciesOf(name).filter(each => !this.#waitsFor(each, name));
    if (first.some(each => isOpen(each) || this.#isAbout(each, isStop))) return false;
    if (isStop) return true;
    const changing = [...this.#underWay.values()].filter(({ kind }) => kind !== 'stop');
    if (this.#down.has(name)) return changing.length < parallel;
    if (isUpdate(job) && this.#down.size >= (maxDown ?? Number.POSITIVE_INFINITY)) return false;
    // A place is kept for those whose last job has just ended: it may have gone wrong.
    const next = [...this.#down].filter(each => isOpen(each) && !this.isUnderWay(each));
    return changing.length + next.length < parallel;
  }

  /** Whether a job may be waiting for the end of the update that the other name is in the middle of. */
  #waitsFor(name: string, updating: string): boolean {
    return this.#waiting.has(name) && this.#down.has(updating) && !this.#down.has(name);
  }

  /** Whether it is to be stopped, or to be brought up. */
  #isAbout(name: string, stop: boolean): boolean {
    const job = this.#waiting.get(name) ?? this.#underWay.get(name);
    return job !== undefined && (job.kind === 'stop') === stop;
  }
}

/** A machine that is up goes down for it, or may. */
function isUpdate({ kind }: JobAction): boolean {
  return kind === 'restart' || kind === 'switch';
}
