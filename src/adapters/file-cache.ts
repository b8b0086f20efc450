import { readFileSync, statSync } from 'node:fs';
import { isMissing } from './files.ts';

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
  text(owner: string, path: string): string | undefined {
    return this.read(owner, path, () => readFileSync(path, 'utf8'));
  }

  /** What `make` makes of a file or directory, undefined when there is none; whatever else `make` throws is thrown. */
  read<T>(owner: string, path: string, make: () => T): T | undefined {
    try {
      const now = this.#now();
      const stamp = stampOf(path);
      const known = this.#known.get(owner)?.get(path);
      if (stamp !== undefined && known !== undefined && isSame(known.stamp, stamp)) return known.content as T;
      this.#known.get(owner)?.delete(path);
      if (stamp === undefined) return undefined;
      const content = make();
      if (stamp.changed < now - COARSE_MS) this.#keep(owner, path, { stamp, content });
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

/** Before it is read: a change in between gives it another one. */
function stampOf(path: string): Stamp | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && { device: stats.dev, inode: stats.ino, size: stats.size, changed: stats.ctimeMs };
}

function isSame(a: Stamp, b: Stamp): boolean {
  return a.inode === b.inode && a.changed === b.changed && a.size === b.size && a.device === b.device;
}
