/** Calls that one program sends in one breath come in within this, also on a busy host. */
const GATHER_MS = 50;

/**
 * What is asked for together is to be planned together: of machines that depend on each other, who comes first can only be
 * told when all that is asked for is known, and each is asked for by a call of its own.
 */
export class Gathering {
  #end: Promise<void> | undefined;

  /** Resolves for all who came since the first of them, at once. */
  end(): Promise<void> {
    this.#end ??= new Promise(resolve => {
      setTimeout(() => {
        this.#end = undefined;
        resolve();
      }, GATHER_MS);
    });
    return this.#end;
  }
}
