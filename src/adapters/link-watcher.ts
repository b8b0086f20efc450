import { type FSWatcher, lstatSync, readFileSync, readlinkSync, type Stats, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { messageOf } from '../model/errors.ts';
import { STORE } from '../model/paths.ts';
import { errorCode, isMissing } from './files.ts';

/** Where a chain of links ends: the real path, or why there is none. */
export type Target = { readonly path: string } | { readonly missing: string };

/** Looked up once in a pass over many paths, which mostly share their parent directories. */
export type LookupCache = Map<string, Stats | undefined>;

interface Watch {
  readonly watcher: FSWatcher;
  readonly inode: number;
  /** Who wants to know of which entry of this directory. */
  readonly owners: Map<string, Set<string>>;
}

interface Step {
  readonly directory: string;
  readonly entry: string;
}

const MAX_LINKS = 40;

/**
 * Follows paths through their symlinks, and tells their owners when anything along the way changes.
 *
 * Every directory on the way that holds a link, a missing entry or another directory of the way is watched, not
 * the links themselves: a watch on a link follows it, and links are replaced, not written. Node's own `watch` on
 * the directory loses no event there, where chokidar's debouncing loses final ones.
 */
export class LinkWatcher {
  readonly #watches = new Map<string, Watch>();
  readonly #ways = new Map<string, Step[]>();
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
  follow(owner: string, path: string, cache: LookupCache = new Map()): Target {
    for (;;) {
      const { target, way } = walk(path, cache);
      const isNew = this.#arm(owner, way, cache);
      if (!isNew) return target;
      // Something may have changed before the new watch stood: look once more, past the cache.
      cache.clear();
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
  #arm(owner: string, way: readonly Step[], cache: LookupCache): boolean {
    let isNew = false;
    const old = this.#ways.get(owner) ?? [];
    for (const step of way) isNew = this.#claim(owner, step, cache) || isNew;
    for (const step of old) if (!way.some(kept => isSame(kept, step))) this.#release(owner, step);
    this.#ways.set(owner, [...way]);
    return isNew;
  }

  #claim(owner: string, { directory, entry }: Step, cache: LookupCache): boolean {
    const inode = look(directory, cache)?.ino ?? -1;
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

/** Component by component, as the kernel does it, noting each directory that the outcome depends on. */
function walk(path: string, cache: LookupCache): { target: Target; way: Step[] } {
  const way: Step[] = [];
  let links = 0;
  let at = '/';
  const rest = path.split('/').filter(part => part !== '');
  while (rest.length > 0) {
    const entry = rest.shift() as string;
    if (entry === '.') continue;
    if (entry === '..') {
      at = dirname(at);
      continue;
    }
    // Not path.join(): both are in normal form, and to find that out is a fifth of a look at a thousand names.
    const next = at === '/' ? `/${entry}` : `${at}/${entry}`;
    const stats = look(next, cache);
    // A store path that isn't there yet may still be copied in.
    if (!isImmutable(at) || stats === undefined) way.push({ directory: at, entry });
    if (stats === undefined) return { target: { missing: `${next} does not exist` }, way };
    if (!stats.isSymbolicLink()) {
      if (rest.length > 0 && !stats.isDirectory()) {
        return { target: { missing: `${next} is not a directory` }, way };
      }
      at = next;
      continue;
    }
    if (++links > MAX_LINKS) return { target: { missing: `${path} has too many levels of links` }, way };
    const link = readLink(next);
    if (link === undefined) return { target: { missing: `${next} changed while it was read` }, way };
    if (link.startsWith('/')) at = '/';
    rest.unshift(...link.split('/').filter(part => part !== ''));
  }
  return { target: { path: at }, way };
}

function look(path: string, cache: LookupCache): Stats | undefined {
  if (cache.has(path)) return cache.get(path);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  // Links are what changes: only directories are remembered, for the length of a pass.
  if (stats?.isDirectory()) cache.set(path, stats);
  return stats;
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isMissing(error) || errorCode(error) === 'EINVAL') return undefined;
    throw new Error(`cannot read the link ${path}`, { cause: error });
  }
}

/** Store paths never change, and the store's directory changes all the time. */
function isImmutable(directory: string): boolean {
  return directory === STORE || directory.startsWith(`${STORE}/`);
}

function isSame(a: Step, b: Step): boolean {
  return a.directory === b.directory && a.entry === b.entry;
}

/** Half of what the kernel queues for an inotify instance (inotify(7)). */
function burstLimit(): number {
  const queued = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  return Math.max(64, Math.floor(queued / 2));
}
