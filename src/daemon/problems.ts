import type { Logger } from 'pino';
import type { Declarations } from '../adapters/declarations.ts';
import type { Views } from '../reconcile/views.ts';
import { settingsProblem } from './settings.ts';

/** So many are published, and a sentence for the rest. */
const MAX_PUBLISHED = 100;

/** Settings and files that were refused, a sentence each: what no container, or only an invalid one, tells of. */
export class Problems {
  readonly #declarations: Declarations;
  readonly #views: Views;
  readonly #log: Logger;
  #refused: readonly string[] = [];
  #published: readonly string[] = [];

  constructor(declarations: Declarations, views: Views, log: Logger) {
    this.#declarations = declarations;
    this.#views = views;
    this.#log = log;
  }

  /** The same list for as long as it says the same. */
  get all(): readonly string[] {
    const all = [...this.#refused];
    for (const { state, reason } of this.#views.all.values()) if (state === 'invalid') all.push(reason);
    const more = all.length - MAX_PUBLISHED;
    if (more > 0) all.splice(MAX_PUBLISHED, more, `and ${more} more`);
    const same = all.length === this.#published.length && all.every((one, at) => one === this.#published[at]);
    if (!same) this.#published = all;
    return this.#published;
  }

  /** What is refused and belongs to no container. */
  get ofNoContainer(): readonly string[] {
    return this.#refused;
  }

  /** Looks at the settings, and at what else is in the directory of declarations, and tells of what is new there. */
  look(): void {
    const before = new Set(this.#refused);
    const settings = settingsProblem();
    this.#refused = [...(settings === undefined ? [] : [settings]), ...this.#declarations.refused()];
    for (const problem of this.#refused)
      if (!before.has(problem)) this.#log.error({ action: 'read' }, problem);
    if (this.#refused.length !== before.size || this.#refused.some(one => !before.has(one)))
      this.#views.managerChanged();
  }
}
