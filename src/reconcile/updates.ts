import type { UpdateResult } from '../model/container.ts';
import type { Plan } from '../plan/plan.ts';
import type { Views } from './views.ts';

interface Update {
  readonly from: string;
  readonly to: string;
  /** performance.now() at its beginning */
  readonly began: number;
  /** Whether the bus was told of it; a first start is none for others. */
  readonly told: boolean;
}

/** From the beginning of the first job to the last word on health: what the bus hears of updates. */
export class Updates {
  readonly #views: Views;
  readonly #underWay = new Map<string, Update>();

  constructor(views: Views) {
    this.#views = views;
  }

  /** A job begins that brings a machine from one system to another; a return to the last good one is part of it. */
  begin(name: string, from: string, to: string, returning: boolean): void {
    const before = this.#underWay.get(name);
    if (before !== undefined && returning) return;
    if (before !== undefined) this.#finish(name, 'superseded');
    // Also of what takes over from an update that failed: then it runs nothing, but others wait for how it ends.
    const told = from !== '' || before?.told === true;
    this.#underWay.set(name, { from, to, began: performance.now(), told });
    if (told) this.#views.updateStarted(name, from, to);
  }

  /** Nothing is left to do or to wait for; whether an update ended with that. */
  conclude(name: string, { state, runs, gone }: Pick<Plan, 'state' | 'runs' | 'gone'>): boolean {
    const update = this.#underWay.get(name);
    if (update === undefined) return false;
    this.#views.setUpdated(name, performance.now() - update.began);
    this.#finish(name, resultOf(state, runs?.system === update.to && !gone));
    return true;
  }

  /** Milliseconds since the update began; undefined when none is under way, as after a restart of ours. */
  elapsed(name: string): number | undefined {
    const update = this.#underWay.get(name);
    return update && performance.now() - update.began;
  }

  #finish(name: string, result: UpdateResult): void {
    const update = this.#underWay.get(name);
    this.#underWay.delete(name);
    if (update?.told === true) this.#views.updateFinished(name, update.from, update.to, result);
  }
}

function resultOf(state: Plan['state'], there: boolean): UpdateResult {
  if (state === 'rolled-back') return 'rolled-back';
  if (state === 'failed' || state === 'stopped') return 'failed';
  // Nobody waits for its health any more.
  if (state === 'waiting' || state === 'invalid') return 'superseded';
  return there ? 'done' : 'superseded';
}
