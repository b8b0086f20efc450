import type { Records } from '../adapters/records.ts';
import type { UpdateResult } from '../model/container.ts';
import type { Plan } from '../plan/plan.ts';
import { now } from './clock.ts';
import type { Views } from './views.ts';

export interface UpdatesParts {
  readonly views: Views;
  readonly records: Records;
}

interface Update {
  readonly from: string;
  readonly to: string;
  /** performance.now() at its beginning */
  readonly began: number;
  /** And at the beginning of its last job: activation.timeout is for each. */
  readonly jobBegan: number;
  /** Whether the bus was told of it; a first start is none for others. */
  readonly told: boolean;
}

/** From the beginning of the first job to the last word on health: what the bus hears of updates. */
export class Updates {
  readonly #parts: UpdatesParts;
  readonly #underWay = new Map<string, Update>();

  constructor(parts: UpdatesParts) {
    this.#parts = parts;
  }

  /** A job begins that brings a machine from one system to another; a return to the last good one is part of it. */
  begin(name: string, from: string, to: string, returning: boolean): void {
    const began = performance.now();
    const before = this.#underWay.get(name);
    if (before !== undefined && returning) {
      this.#underWay.set(name, { ...before, jobBegan: began });
      return;
    }
    if (before !== undefined) this.#finish(name, 'superseded');
    // Also of what takes over from an update that failed: then it runs nothing, but others wait for how it ends.
    const told = from !== '' || before?.told === true;
    this.#underWay.set(name, { from, to, began, jobBegan: began, told });
    if (told) this.#parts.views.updateStarted(name, from, to);
  }

  /** Nothing is left to do or to wait for; whether an update ended with that. */
  conclude(name: string, { state, runs, gone }: Pick<Plan, 'state' | 'runs' | 'gone'>): boolean {
    const update = this.#underWay.get(name);
    if (update === undefined) return false;
    if (!gone) this.#note(name, performance.now() - update.began);
    this.#finish(name, resultOf(state, runs?.system === update.to && !gone));
    return true;
  }

  /** Nothing more is heard of it for now; whether an update ended with that. */
  fail(name: string): boolean {
    const was = this.#underWay.has(name);
    this.#finish(name, 'failed');
    return was;
  }

  /** Milliseconds since the last job of its update began; undefined when none is under way, as after a restart of ours. */
  elapsed(name: string): number | undefined {
    const update = this.#underWay.get(name);
    return update && performance.now() - update.jobBegan;
  }

  /** On record too, so that a daemon that is started anew can tell. */
  #note(name: string, milliseconds: number): void {
    const { records, views } = this.#parts;
    const updated = { timestamp: Number(now()), duration: Math.round(milliseconds * 1000) };
    records.set(name, { ...records.get(name), updated });
    views.setUpdated(name, updated);
  }

  #finish(name: string, result: UpdateResult): void {
    const update = this.#underWay.get(name);
    this.#underWay.delete(name);
    if (update?.told === true) this.#parts.views.updateFinished(name, update.from, update.to, result);
  }
}

function resultOf(state: Plan['state'], there: boolean): UpdateResult {
  if (state === 'rolled-back') return 'rolled-back';
  if (state === 'failed' || state === 'stopped') return 'failed';
  // Nobody waits for its health any more.
  if (state === 'waiting' || state === 'invalid') return 'superseded';
  return there ? 'done' : 'superseded';
}
