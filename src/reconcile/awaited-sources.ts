import type { LinkWatcher } from '../adapters/link-watcher.ts';

/**
 * Containers that wait for something at the source of a bind mount. The way there is followed, but only for as long as it
 * is waited for: among the directories on such a way are busy ones (/var/log, /run).
 */
export class AwaitedSources {
  readonly #links: LinkWatcher;
  readonly #paths = new Map<string, string>();

  constructor(links: LinkWatcher) {
    this.#links = links;
  }

  /** From now on a container waits at this path, and no other; undefined: at none. */
  set(name: string, path: string | undefined): void {
    const before = this.#paths.get(name);
    if (before === undefined && path === undefined) return;
    if (before !== undefined && before !== path) this.#links.forget(ownerOf(name, before));
    if (path === undefined) {
      this.#paths.delete(name);
      return;
    }
    // Also the same one anew: the way may have become longer.
    this.#links.follow(ownerOf(name, path), path);
    this.#paths.set(name, path);
  }

  /** The names of those that wait. */
  names(): string[] {
    return [...this.#paths.keys()];
  }
}

/** The container that an owner of a followed path stands for: a source's is its container's name and the path. */
export function containerOf(owner: string): string {
  const blank = owner.indexOf(' ');
  return blank < 0 ? owner : owner.slice(0, blank);
}

function ownerOf(name: string, path: string): string {
  return `${name} ${path}`;
}
