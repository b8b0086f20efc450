import { watch } from 'node:fs';
import { nameOf } from './declaration-files.ts';

export interface DeclarationListener {
  /** A declaration appeared, changed or went. */
  changed(name: string): void;
  /** Something did that is no declaration by its name. */
  other(): void;
  /** What happened is not known. */
  lost(): void;
  /** The kernel told of something. */
  counted(): void;
  failed(error: unknown): void;
}

/** A file counts as written when nothing more was heard of the directory for so long: what is read before may be half of it. */
const SETTLE_MS = 50;
/** However much is heard. */
const LATEST_MS = 500;

/**
 * Tells of what changes in the directory of declarations, from when this returns. By the events as the kernel has them:
 * chokidar leaves out links to nothing, names that are not UTF-8, and the last of several changes of a file in short
 * succession, and looks at every file of the directory for each burst of events. What an editor does to save a file is
 * one change: it is told when all is done, or a file that is moved away for a moment would be taken for one that is gone,
 * and its machine be stopped.
 *
 * Links aren't followed: NixOS swaps a link high above them, and `reload` re-reads all.
 */
export function watchDeclarations(directory: string, listener: DeclarationListener): { close(): void } {
  const changes = new Changes(listener);
  const watcher = watch(directory, (_event, entry) => {
    listener.counted();
    changes.add(entry);
  });
  watcher.on('error', error => listener.failed(error));
  return {
    close: () => {
      changes.close();
      watcher.close();
    },
  };
}

/** What was heard, until it has settled. */
class Changes {
  readonly #listener: DeclarationListener;
  readonly #names = new Set<string>();
  #hasOther = false;
  #isLost = false;
  #timer: NodeJS.Timeout | undefined;
  #first = 0;
  #last = 0;

  constructor(listener: DeclarationListener) {
    this.#listener = listener;
  }

  /** Cheap: there may be as many events in one turn as the kernel queues. */
  add(entry: string | null): void {
    const name = entry === null ? undefined : nameOf(entry);
    if (entry === null) this.#isLost = true;
    else if (name === undefined) this.#hasOther = true;
    else this.#names.add(name);
    this.#last = performance.now();
    if (this.#timer !== undefined) return;
    this.#first = this.#last;
    this.#wait(SETTLE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#settle(), ms);
  }

  #settle(): void {
    const now = performance.now();
    const left = Math.min(this.#last + SETTLE_MS, this.#first + LATEST_MS) - now;
    if (left > 0) this.#wait(left);
    else this.#tell();
  }

  #tell(): void {
    const names = [...this.#names];
    const [hasOther, isLost] = [this.#hasOther, this.#isLost];
    this.#timer = undefined;
    this.#names.clear();
    this.#hasOther = false;
    this.#isLost = false;
    for (const name of names) this.#listener.changed(name);
    if (hasOther) this.#listener.other();
    if (isLost) this.#listener.lost();
  }
}
