import type { Logger } from 'pino';
import { lookAtExposure, lookAtSource } from '../adapters/bind-sources.ts';
import { cannotIdmap } from '../adapters/host-facts.ts';
import { Pass } from '../adapters/pass.ts';
import { formatProblem } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import { hazardsOf, storeHazard } from '../model/hazards.ts';
import type { Situation } from '../plan/situation.ts';
import type { Views } from './views.ts';

/**
 * Publishes what is dangerous about containers on this host, and logs each once. It is looked for after a batch: no
 * machine waits for it.
 */
export class Hazards {
  readonly #views: Views;
  readonly #log: Logger;
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor({ views, log }: { readonly views: Views; readonly log: Logger }) {
    this.#views = views;
    this.#log = log;
  }

  look(situations: readonly Pick<Situation, 'name' | 'declared'>[]): void {
    const pass = new Pass();
    for (const { name, declared } of situations) {
      if (declared.kind === 'absent') this.#told.delete(name);
      else this.#tell(name, this.#find(name, declared, pass));
    }
  }

  #find(name: string, declared: Situation['declared'], pass: Pass): string[] {
    if (declared.kind !== 'valid') return [];
    try {
      const found = hazardsOf(declared.declaration, {
        source: path => lookAtSource(path, pass),
        exposure: path => lookAtExposure(path, pass),
      });
      return [...storeHazard(declared.declaration, cannotIdmap(pass)), ...found].map(formatProblem);
    } catch (error) {
      const what = `cannot look for hazards of ${name}: ${messageOf(error)}`;
      this.#log.warn({ err: error, name, action: 'hazard' }, what);
      return [];
    }
  }

  #tell(name: string, hazards: readonly string[]): void {
    const told = this.#told.get(name);
    for (const why of hazards)
      if (!told?.has(why)) this.#log.warn({ name, action: 'hazard', why }, `${name}: hazard: ${why}`);
    if (hazards.length === 0) this.#told.delete(name);
    else this.#told.set(name, new Set(hazards));
    this.#views.setHazards(name, hazards);
  }
}
