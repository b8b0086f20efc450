import type { KnownDirectories } from './link-walk.ts';

/**
 * What is found out once in a pass over many names, since they have it in common: their directories above all. Nothing
 * may be awaited in a pass.
 */
export class Pass {
  /** Those on the ways of followed paths. */
  readonly directories: KnownDirectories = new Map();
  readonly #found = new Map<string, unknown>();

  /** What `look` finds; `what` names it. */
  once<T>(what: string, look: () => T): T {
    if (this.#found.has(what)) return this.#found.get(what) as T;
    const found = look();
    this.#found.set(what, found);
    return found;
  }
}
