import { SharedRun } from './shared-run.ts';

/**
 * Looks at names for the sake of those who wait for them to settle, and for nothing else: anybody may ask, so many
 * share one look, and looks come with a rest in between. What only they ask for holds up nothing: no job, and nobody
 * who waited for an earlier look.
 */
export class Looks {
  readonly #begin: (names: ReadonlySet<string>) => Promise<void>;
  readonly #run: SharedRun<void>;
  #names = new Set<string>();

  /** `begin` looks at names, `''` standing for all; resolves when it has. */
  constructor(begin: (names: ReadonlySet<string>) => Promise<void>) {
    this.#begin = begin;
    this.#run = new SharedRun(() => this.#look());
  }

  /** Resolves after a look at the name that began from now on. */
  at(name: string): Promise<void> {
    // Those who come while a run is yet to begin find the set that it will take.
    const run = this.#run.run();
    this.#names.add(name);
    return run;
  }

  async #look(): Promise<void> {
    const names = this.#names;
    this.#names = new Set();
    await this.#begin(names);
  }
}
