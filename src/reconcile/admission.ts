import { MAX_CONTAINERS } from '../model/bounds.ts';
import { isMachineName } from '../model/name.ts';

/**
 * Which names are taken up at all: machine names, and of those that are new only so many that all together stay within
 * the bound. What is published was admitted once, and always is.
 */
export class Admission {
  readonly #published: ReadonlyMap<string, unknown>;
  readonly #max: number;
  /** Those that were admitted, and of which nothing is published yet. */
  readonly #newcomers = new Set<string>();

  constructor(published: ReadonlyMap<string, unknown>, max = MAX_CONTAINERS) {
    this.#published = published;
    this.#max = max;
  }

  admits(name: string): boolean {
    if (this.#published.has(name) || this.#newcomers.has(name)) return true;
    if (!isMachineName(name) || this.#published.size + this.#newcomers.size >= this.#max) return false;
    this.#newcomers.add(name);
    return true;
  }

  /** It was looked at: if there is anything of it, it is published now. */
  looked(name: string): void {
    this.#newcomers.delete(name);
  }
}
