import type { Logger } from 'pino';
import { watchDeclarations } from '../adapters/declarations.ts';
import type { LinkWatcher } from '../adapters/link-watcher.ts';
import { messageOf } from '../model/errors.ts';
import { DECLARATIONS } from '../model/paths.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';

/** No machine name: it owns the way to the declarations' directory among the followed paths. */
export const DIRECTORY = '@declarations';

/**
 * Watches the directory of declarations, also when it is made, moved or swapped as a whole later on: then the
 * watch is laid anew and every name read again.
 */
export class DirectoryWatch {
  readonly #reconciler: Reconciler;
  readonly #links: LinkWatcher;
  readonly #log: Logger;
  #close: (() => Promise<void>) | undefined;

  constructor(reconciler: Reconciler, links: LinkWatcher, log: Logger) {
    this.#reconciler = reconciler;
    this.#links = links;
    this.#log = log;
  }

  /** To be called at first, and whenever something on the way to the directory changed. */
  renew(): void {
    this.#closeOld();
    const target = this.#links.follow(DIRECTORY, DECLARATIONS);
    if ('missing' in target) {
      const until = 'until it is back, or nspawnctl reload says that it is gone for good';
      this.#log.warn(
        { action: 'watch' },
        `${target.missing}: what is known to be declared stays so ${until}`,
      );
      this.#reconciler.enqueueAll();
      return;
    }
    const watch = watchDeclarations(
      name => this.#reconciler.enqueue(name),
      () => this.#links.countEvent(),
      error => this.#log.error({ err: error }, `cannot watch ${DECLARATIONS}: ${messageOf(error)}`),
    );
    this.#close = watch.close;
    // What changed before the watch stood was told by nobody.
    void watch.ready.then(() => this.#reconciler.enqueueAll());
  }

  #closeOld(): void {
    this.#close?.().catch((error: unknown) => {
      this.#log.warn({ err: error }, `cannot close the watch on ${DECLARATIONS}: ${messageOf(error)}`);
    });
    this.#close = undefined;
  }
}
