import type { Records } from '../adapters/records.ts';
import type { ContainerState } from '../model/container.ts';
import type { Order } from './order.ts';

export interface DependantsParts {
  readonly order: Order;
  readonly records: Records;
  /** Whether it is looked at, or something is under way for it: it will be heard of. */
  isBusy(name: string): boolean;
  /** Lets go of an answer that was asked for and has not come. */
  cancel(name: string): void;
  look(name: string): void;
}

/** How well a machine is depends on those it depends on: it is asked when they have had their last word, and again. */
export class Dependants {
  readonly #parts: DependantsParts;
  /** The last word on each, for now. */
  readonly #words = new Map<string, ContainerState>();
  /** Those that are not asked yet. */
  readonly #waiting = new Set<string>();

  constructor(parts: DependantsParts) {
    this.#parts = parts;
  }

  /** Whether it is too early to ask it how it is; it is looked at again when that may be otherwise. */
  mustWait(name: string): boolean {
    const { order, isBusy } = this.#parts;
    const must = order.dependenciesOf(name).some(isBusy);
    if (must) this.#waiting.add(name);
    return must;
  }

  /** Whether it had to wait until now. */
  hasWaited(name: string): boolean {
    return this.#waiting.delete(name);
  }

  /** The last word on a container, for now. `ended`: on an update of it. */
  heard(name: string, state: ContainerState, ended: boolean): void {
    const { order, records, look, cancel } = this.#parts;
    const isNews = this.#words.get(name) !== state || ended;
    this.#words.set(name, state);
    for (const dependant of order.dependantsOf(name)) {
      const { verdict, ...record } = records.get(dependant);
      const isUnwell = verdict !== undefined && verdict.complaint !== '';
      const again = isNews && (isUnwell || state === 'failed' || state === 'rolled-back');
      if (again && verdict !== undefined) records.set(dependant, record);
      if (again) cancel(dependant);
      if (again || this.#waiting.has(dependant)) look(dependant);
    }
  }

  forget(name: string): void {
    this.#words.delete(name);
    this.#waiting.delete(name);
  }
}
