import type { Logger } from 'pino';
import { watchDeclarations } from '../adapters/declaration-watch.ts';
import type { Target } from '../adapters/link-walk.ts';
import type { LinkWatcher } from '../adapters/link-watcher.ts';
import { messageOf } from '../model/errors.ts';
import { DECLARATIONS } from '../model/paths.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Problems } from './problems.ts';

/** A directory that is copied into its place, file by file, is full by then. */
const FILLING_MS = 500;

/** No machine name: it owns the way to the declarations' directory among the followed paths. */
export const DIRECTORY = '@declarations';

/**
 * Watches the directory of declarations, also when it is made, moved or swapped as a whole later on: then the
 * watch is laid anew and every name read again.
 */
export class DirectoryWatch {
  readonly #reconciler: Reconciler;
  readonly #links: LinkWatcher;
  readonly #problems: Problems;
  readonly #log: Logger;
  #isAway = false;
  #filled: NodeJS.Timeout | undefined;
  #watch: { close(): void } | undefined;

  constructor(reconciler: Reconciler, links: LinkWatcher, problems: Problems, log: Logger) {
    this.#reconciler = reconciler;
    this.#links = links;
    this.#problems = problems;
    this.#log = log;
  }

  /** To be called at first, and whenever something on the way to the directory changed. */
  renew(): void {
    clearTimeout(this.#filled);
    this.#watch?.close();
    this.#watch = undefined;
    const target = this.#follow();
    if ('missing' in target) {
      const until = 'until it is back, or nspawnctl reload says that it is gone for good';
      this.#log.warn(
        { action: 'watch' },
        `${target.missing}: what is known to be declared stays so ${until}`,
      );
    } else this.#watch = this.#open(target.path);
    // Also what changed before the watch stood, of which nobody told.
    // One that has come back may still be being filled: what is not in it yet would count as gone, and be stopped.
    const isBack = this.#isAway && !('missing' in target);
    this.#isAway = 'missing' in target;
    if (isBack) this.#filled = setTimeout(() => this.#lookAtAll(), FILLING_MS);
    else this.#lookAtAll();
  }

  #open(directory: string): { close(): void } | undefined {
    try {
      return watchDeclarations(directory, {
        changed: name => this.#reconciler.enqueue(name),
        other: () => this.#problems.look(),
        lost: () => this.#lookAtAll(),
        counted: () => this.#links.countEvent(),
        failed: error => this.#failed(error),
      });
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #failed(error: unknown): void {
    this.#log.error({ err: error }, `cannot watch ${DECLARATIONS}: ${messageOf(error)}`);
  }

  #follow(): Target {
    try {
      return this.#links.follow(DIRECTORY, DECLARATIONS);
    } catch (error) {
      return { missing: `cannot watch ${DECLARATIONS}: ${messageOf(error)}` };
    }
  }

  #lookAtAll(): void {
    this.#problems.look();
    this.#reconciler.enqueueAll();
  }
}
