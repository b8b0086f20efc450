import type { Stats } from 'node:fs';
import { isMissing, lookAt, type ReadOptions, readText } from './files.ts';

/** By what it is told whether a file or directory has changed (stat(2)). */
interface Stamp {
  readonly device: number;
  readonly inode: number;
  readonly size: number;
  readonly changed: number;
}

interface Known {
  readonly stamp: Stamp;
  readonly content: unknown;
}

/** Time stamps may be as coarse as this: what changed no longer ago may change once more and keep its stamp. */
const COARSE_MS = 2000;

/**
 * What files and directories hold, read again only when they have changed: a look that finds them as they were takes
 * one system call.
 *
 * It goes by the change time, which nobody can set, and with every write, rename and change of an entry is set by the
 * kernel. Content is remembered only if it had stood for a while when it was read, so that a change right after has
 * another time.
 */
export class FileCache {
  readonly #known = new Map<string, Map<string, Known>>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The file's text, or undefined when there is none. It is remembered until `forget(owner)`. */
  text(owner: string, path: string, options: ReadOptions): string | undefined {
    return this.#look(owner, path, (_, found) => {
      const { text, stats } = readText(path, options, found);
      // Of what was read: a link on the way may have been swapped since the look before.
      return { content: text, stamp: stampOf(stats) };
    });
  }

  /** What `make` makes of a file or directory, undefined when there is none; whatever else `make` throws is thrown. */
  read<T>(owner: string, path: string, make: () => T): T | undefined {
    return this.#look(owner, path, before => {
      const content = make();
      const after = lookAt(path);
      const isSteady = after !== undefined && isSame(stampOf(after), before);
      return { content, stamp: isSteady ? before : undefined };
    });
  }

  #look<T>(
    owner: string,
    path: string,
    make: (before: Stamp, found: Stats | undefined) => { content: T; stamp: Stamp | undefined },
  ): T | undefined {
    try {
      const now = this.#now();
      const stats = lookAt(path);
      const before = stats && stampOf(stats);
      const known = this.#known.get(owner)?.get(path);
      if (before !== undefined && known !== undefined && isSame(known.stamp, before))
        return known.content as T;
      this.#known.get(owner)?.delete(path);
      if (before === undefined) return undefined;
      const { content, stamp } = make(before, stats);
      if (stamp !== undefined && stamp.changed < now - COARSE_MS) this.#keep(owner, path, { stamp, content });
      return content;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new Error(`cannot read ${path}`, { cause: error });
    }
  }

  forget(owner: string): void {
    this.#known.delete(owner);
  }

  #keep(owner: string, path: string, known: Known): void {
    const paths = this.#known.get(owner);
    if (paths === undefined) this.#known.set(owner, new Map([[path, known]]));
    else paths.set(path, known);
  }
}

/** To be taken before it is read: a change in between gives it another one. */
function stampOf(stats: Stats): Stamp {
  return { device: stats.dev, inode: stats.ino, size: stats.size, changed: stats.ctimeMs };
}

function isSame(a: Stamp, b: Stamp): boolean {
  return a.inode === b.inode && a.changed === b.changed && a.size === b.size && a.device === b.device;
}
