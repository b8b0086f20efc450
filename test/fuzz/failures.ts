import type { Failed } from './assignment.ts';

export type Example = Failed & { readonly times: number };

/** How much of the words makes the kind. */
const KIND = 40;

/** Who fails in so many ways is not asked for more. */
const MOST_KINDS = 25;

/** Those with the same words are of one kind; of each kind the first is kept. */
export class Failures {
  readonly #byKind = new Map<string, Failed & { times: number }>();
  readonly #each: boolean;

  /** `each`: all are kept. */
  constructor({ each = false } = {}) {
    this.#each = each;
  }

  get areEnough(): boolean {
    return !this.#each && this.#byKind.size >= MOST_KINDS;
  }

  get count(): number {
    return this.examples.reduce((sum, { times }) => sum + times, 0);
  }

  get examples(): readonly Example[] {
    return [...this.#byKind.values()];
  }

  add(failed: Failed): void {
    const words = failed.why.replaceAll(/\d+/g, '').slice(0, KIND);
    const kind = this.#each ? `${failed.at} ${words}` : words;
    const known = this.#byKind.get(kind);
    if (known === undefined) this.#byKind.set(kind, { ...failed, times: 1 });
    else known.times++;
  }
}
