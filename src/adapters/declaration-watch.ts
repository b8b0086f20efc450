import type { FSWatcher } from 'chokidar';
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
 * Tells of what changes in the directory of declarations. By the events as the kernel has them: chokidar's own leave out
 * links to nothing and names that are not UTF-8, and the last of several changes of a file in short succession. What an
 * editor does to save a file is one change: it is told when all is done, or a file that is moved away for a moment would
 * be taken for one that is gone, and its machine be stopped.
 *
 * Links aren't followed: NixOS swaps a link high above them, and `reload` re-reads all.
 */
export function watchDeclarations(
  directory: string,
  listener: DeclarationListener,
): { ready: Promise<void>; close(): Promise<void> } {
  const changes = new Changes(listener);
  const opened = open();
  return {
    ready: opened.then(({ ready }) => ready),
    close: async () => {
      changes.close();
      await (await opened).watcher.close();
    },
  };

  async function open(): Promise<{ watcher: FSWatcher; ready: Promise<void> }> {
    // Loaded when the daemon is up already: with what it loads of Node's it is a tenth of the start.
    const { watch } = await import('chokidar');
    const watcher = watch(directory, {
      depth: 0,
      followSymlinks: false,
      ignoreInitial: true,
      // A watch on each file would tell nothing that the one on the directory doesn't.
      ignored: path => path !== directory,
    });
    watcher.on('raw', (_event, entry: string | null) => {
      listener.counted();
      changes.add(entry);
    });
    watcher.on('error', error => listener.failed(error));
    return { watcher, ready: new Promise(resolve => watcher.once('ready', resolve)) };
  }
}

/** What was heard, until it has settled. */
class Changes {
  readonly #listener: DeclarationListener;
  readonly #names = new Set<string>();
  #hasOther = false;
  #isLost = false;
  #timer: NodeJS.Timeout | undefined;
  #first = 0;

  constructor(listener: DeclarationListener) {
    this.#listener = listener;
  }

  add(entry: string | null): void {
    const name = entry === null ? undefined : nameOf(entry);
    if (entry === null) this.#isLost = true;
    else if (name === undefined) this.#hasOther = true;
    else this.#names.add(name);
    const now = performance.now();
    if (this.#timer === undefined) this.#first = now;
    clearTimeout(this.#timer);
    const left = this.#first + LATEST_MS - now;
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, Math.min(SETTLE_MS, left)));
  }

  close(): void {
    clearTimeout(this.#timer);
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
