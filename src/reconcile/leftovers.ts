import type { Logger } from 'pino';
import { staleLeftovers, sweep } from '../adapters/leftovers.ts';
import { messageOf } from '../model/errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { Situation } from '../plan/situation.ts';

/** Sweeps the ephemeral roots that nspawn left behind, of machines that are down or have been started anew. */
export class Leftovers {
  readonly #log: Logger;
  /** The state and invocation of each machine when it was last swept after. */
  readonly #swept = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Looks once for all of them, in the background where there is something to remove. */
  sweepAfter(plans: readonly (readonly [Situation, Plan])[]): void {
    const due = plans.flatMap(([{ name, unit }]) => {
      const state = unit === undefined ? 'not loaded' : `${unit.active} ${unit.invocation}`;
      if (this.#swept.get(name) === state) return [];
      this.#swept.set(name, state);
      return [name];
    });
    if (due.length === 0) return;
    for (const name of staleLeftovers(due).keys()) {
      sweep(name).then(
        paths => {
          // None when an earlier sweep was still at it.
          if (paths.length === 0) return;
          this.#log.info({ name, action: 'sweep', paths }, `${name}: sweep: removed ${paths.join(', ')}`);
        },
        (error: unknown) => {
          const what = `cannot sweep after ${name}: ${messageOf(error)}`;
          this.#log.warn({ err: error, name, action: 'sweep' }, what);
        },
      );
    }
  }

  forget(name: string): void {
    this.#swept.delete(name);
  }
}
