import type { Walk } from './link-watcher.ts';

/**
 * What is found out once in a pass over many names, since they have it in common: their directories above all. Nothing
 * may be awaited in a pass.
 */
export class Pass {
  /** Ways to directories, by their paths. */
  readonly walks = new Map<string, Walk>();
  readonly #found = new Map<string, unknown>();

  /** What `look` finds; `what` names it. */
  once<T>(what: string, look: () => T): T {
    if (this.#found.has(what)) return this.#found.get(what) as T;
    const found = look();
    this.#found.set(what, found);
    return found;
  }
}
