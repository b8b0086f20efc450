import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';
import { MAX_BYTES } from '../model/bounds.ts';
import { messageOf } from '../model/errors.ts';
import { readText } from './files.ts';
import { type Step, type Target, walk } from './link-walk.ts';
import { Pass } from './pass.ts';

interface Watch {
  readonly watcher: FSWatcher;
  readonly inode: number;
  /** Who wants to know of which entry of this directory. */
  readonly owners: Map<string, Set<string>>;
}

/** A way that changes each time it is looked at has somebody at work who will be done, or wants us to be at it for ever. */
const MAX_ROUNDS = 8;

/**
 * Follows paths through their symlinks, and tells their owners when anything along the way changes.
 *
 * Every directory on the way that holds a link, a missing entry or another directory of the way is watched, not
 * the links themselves: a watch on a link follows it, and links are replaced, not written. Node's own `watch` on
 * the directory loses no event there, where chokidar's debouncing loses final ones.
 */
export class LinkWatcher {
  readonly #watches = new Map<string, Watch>();
  readonly #ways = new Map<string, readonly Step[]>();
  readonly #changed: (owner: string) => void;
  readonly #lost: (why: string) => void;
  readonly #burstLimit = burstLimit();
  #burst = 0;

  /** `lost` is called when events may have been lost, so that everything is to be read again. */
  constructor(changed: (owner: string) => void, lost: (why: string) => void) {
    this.#changed = changed;
    this.#lost = lost;
  }

  /** Resolves a path like realpath(3) and from now on watches the way there for `owner`. */
  follow(owner: string, path: string, { directories } = new Pass()): Target {
    for (let round = 1; ; round++) {
      const { target, way } = walk(path, directories);
      const isNew = this.#arm(owner, way);
      if (!isNew) return target;
      // Something may have changed before the new watch stood: look once more, past what is remembered.
      directories.clear();
      if (round === MAX_ROUNDS) {
        setImmediate(() => this.#changed(owner));
        return target;
      }
    }
  }

  forget(owner: string): void {
    for (const step of this.#ways.get(owner) ?? []) this.#release(owner, step);
    this.#ways.delete(owner);
  }

  close(): void {
    for (const { watcher } of this.#watches.values()) watcher.close();
    this.#watches.clear();
    this.#ways.clear();
  }

  /**
   * Counts an event of this process's inotify instance. The kernel drops events beyond
   * `fs.inotify.max_queued_events`, and libuv hides the notice of it. A queue that was full arrives as one
   * burst within one turn of the event loop, which is what tells.
   */
  countEvent(): void {
    this.#burst++;
    if (this.#burst === 1) setImmediate(() => this.#endBurst());
  }

  #endBurst(): void {
    const events = this.#burst;
    this.#burst = 0;
    if (events >= this.#burstLimit) this.#lost(`${events} file events at once`);
  }

  /** True when a directory of the way was not yet watched. */
  #arm(owner: string, way: readonly Step[]): boolean {
    const old = this.#ways.get(owner) ?? [];
    if (old.length === way.length && way.every((step, at) => this.#isWatched(step, old[at]))) return false;
    let isNew = false;
    for (const step of way) isNew = this.#claim(owner, step) || isNew;
    const kept = new Set(way.map(keyOf));
    for (const step of old) if (!kept.has(keyOf(step))) this.#release(owner, step);
    this.#ways.set(owner, way);
    return isNew;
  }

  /** Whether nothing is to be done for a step that was `before` when the way was last walked. */
  #isWatched(step: Step, before: Step | undefined): boolean {
    return (
      before !== undefined && isSame(step, before) && this.#watches.get(step.directory)?.inode === step.inode
    );
  }

  #claim(owner: string, { directory, entry, inode }: Step): boolean {
    let watched = this.#watches.get(directory);
    const isNew = watched === undefined || watched.inode !== inode;
    if (isNew) {
      const owners = watched?.owners ?? new Map<string, Set<string>>();
      watched?.watcher.close();
      watched = { watcher: this.#open(directory), inode, owners };
      this.#watches.set(directory, watched);
    }
    const owners = watched?.owners.get(entry);
    if (owners === undefined) watched?.owners.set(entry, new Set([owner]));
    else owners.add(owner);
    return isNew;
  }

  #release(owner: string, { directory, entry }: Step): void {
    const watched = this.#watches.get(directory);
    const owners = watched?.owners.get(entry);
    owners?.delete(owner);
    if (owners?.size === 0) watched?.owners.delete(entry);
    if (watched?.owners.size !== 0) return;
    watched.watcher.close();
    this.#watches.delete(directory);
  }

  #open(directory: string): FSWatcher {
    const watcher = watch(directory, { persistent: true }, (_event, entry) => this.#tell(directory, entry));
    watcher.on('error', error => {
      this.#lost(`the watch on ${directory} failed: ${messageOf(error)}`);
    });
    return watcher;
  }

  #tell(directory: string, entry: string | null): void {
    this.countEvent();
    const owners = this.#watches.get(directory)?.owners;
    if (owners === undefined) return;
    for (const owner of (entry !== null && owners.get(entry)) || []) this.#changed(owner);
    // An event that carries the directory's own name is about itself: it was moved or deleted.
    if (entry !== null && entry !== basename(directory)) return;
    for (const set of owners.values()) for (const owner of set) this.#changed(owner);
  }
}

function isSame(a: Step, b: Step): boolean {
  return a.directory === b.directory && a.entry === b.entry;
}

function keyOf({ directory, entry }: Step): string {
  return `${entry}/${directory}`;
}

/** Half of what the kernel queues for an inotify instance (inotify(7)). */
function burstLimit(): number {
  const queued = Number(readText('/proc/sys/fs/inotify/max_queued_events', { max: MAX_BYTES.value }).text);
  return Math.max(64, Math.floor(queued / 2));
}
