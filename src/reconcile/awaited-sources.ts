import type { LinkWatcher } from '../adapters/link-watcher.ts';

/**
 * Containers that wait for something at the sources of their bind mounts. The ways to these are followed, but only for
 * as long as it is waited for: among the directories on such a way are busy ones (/var/log, /run).
 */
export class AwaitedSources {
  readonly #links: LinkWatcher;
  readonly #paths = new Map<string, readonly string[]>();

  constructor(links: LinkWatcher) {
    this.#links = links;
  }

  /** From now on a container waits at these paths, and no others. */
  set(name: string, paths: readonly string[]): void {
    const before = this.#paths.get(name) ?? [];
    for (const path of before) if (!paths.includes(path)) this.#links.forget(ownerOf(name, path));
    // Each time anew: the way may have become longer.
    for (const path of paths) this.#links.follow(ownerOf(name, path), path);
    if (paths.length === 0) this.#paths.delete(name);
    else this.#paths.set(name, paths);
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
