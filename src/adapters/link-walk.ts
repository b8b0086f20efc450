import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { STORE } from '../model/paths.ts';
import { errorCode, isMissing } from './files.ts';

/** Where a chain of links ends: the real path, or why there is none. */
export type Target = { readonly path: string } | { readonly missing: string };

/** An entry of a directory on the way. */
export interface Step {
  readonly directory: string;
  readonly entry: string;
  /** Of the directory. */
  readonly inode: number;
}

/** Where a path leads to, and what that depends on. */
export interface Walk {
  readonly target: Target;
  readonly way: readonly Step[];
}

/** Directories that were come by, by their real paths: their inodes. */
export type KnownDirectories = Map<string, number>;

/** In all, as the kernel counts them (path_resolution(7)). */
const MAX_LINKS = 40;
/** Names in all, in paths and links: 40 long links would have the kernel look at 80,000, which takes a quarter of a second. */
const MAX_NAMES = 1000;
/** Directories whose entries matter: each has a watch. */
const MAX_DIRECTORIES = 64;

/** Goes where a path leads to, as the kernel does, noting each entry that the outcome depends on. */
export function walk(path: string, known: KnownDirectories): Walk {
  const walker = new Walker(path, known);
  const missing = walker.go();
  return { target: missing === '' ? { path: walker.place } : { missing }, way: walker.way };
}

class Walker {
  readonly #path: string;
  readonly #known: KnownDirectories;
  readonly #way = new Map<string, Step>();
  readonly #directories = new Set<string>();
  /** Names that are still to be followed, the next one last. */
  readonly #ahead: string[] = [];
  /** The directories above where we are, the root first, and where we are: with inode 0 if that is no directory. */
  #stack: { readonly path: string; readonly inode: number }[] = [];
  #links = 0;
  #names = 0;

  constructor(path: string, known: KnownDirectories) {
    this.#path = path;
    this.#known = known;
  }

  get way(): readonly Step[] {
    return [...this.#way.values()];
  }

  get place(): string {
    return this.#here.path;
  }

  get #here() {
    return this.#stack.at(-1) ?? ROOT;
  }

  /** Why the path leads nowhere; '' when it leads to `place`. */
  go(): string {
    let failure = this.#aim(this.#path);
    for (let name = this.#ahead.pop(); failure === '' && name !== undefined; name = this.#ahead.pop())
      failure = this.#enter(name);
    return failure;
  }

  /** What comes next is this: the path itself, or the text of a link. */
  #aim(text: string): string {
    if (text.startsWith('/')) this.#stack = [{ ...ROOT, inode: this.#inodeOfRoot() }];
    const names = text.split('/');
    this.#names += names.length;
    if (this.#names > MAX_NAMES) return `${this.#path} leads through more than ${MAX_NAMES} names`;
    for (const name of names.reverse()) this.#ahead.push(name);
    return '';
  }

  #enter(name: string): string {
    const { path: directory, inode } = this.#here;
    if (inode === 0) return `${directory} is not a directory`;
    if (name === '' || name === '.') return '';
    if (name === '..') {
      if (this.#stack.length > 1) this.#stack.pop();
      return '';
    }
    // Not path.join(): both are in normal form, and to find that out is a fifth of a look at a thousand names.
    const next = directory === '/' ? `/${name}` : `${directory}/${name}`;
    const known = this.#known.get(next);
    const stats = known === undefined ? statsOf(next) : undefined;
    if (typeof stats === 'string') return stats;
    const isThere = known !== undefined || stats !== undefined;
    // A store path that isn't there yet may still be copied in.
    if (!(isThere && isImmutable(directory)) && !this.#note({ directory, entry: name, inode }))
      return `${this.#path} leads through more than ${MAX_DIRECTORIES} directories`;
    if (!isThere) return `${next} does not exist`;
    if (stats?.isSymbolicLink()) return this.#followLink(next);
    const own = known ?? (stats?.isDirectory() ? stats.ino : 0);
    if (own !== 0) this.#known.set(next, own);
    this.#stack.push({ path: next, inode: own });
    return '';
  }

  #followLink(path: string): string {
    if (this.#links === MAX_LINKS) return `${path} has too many levels of links`;
    this.#links += 1;
    const text = readLink(path);
    return text === undefined ? `${path} changed while it was read` : this.#aim(text);
  }

  /** False when that would be one directory too many. */
  #note(step: Step): boolean {
    this.#directories.add(step.directory);
    if (this.#directories.size > MAX_DIRECTORIES) return false;
    this.#way.set(`${step.entry}/${step.directory}`, step);
    return true;
  }

  #inodeOfRoot(): number {
    const inode = this.#known.get('/') ?? lstatSync('/').ino;
    this.#known.set('/', inode);
    return inode;
  }
}

const ROOT = { path: '/', inode: 0 };

/** Undefined when there is nothing; a sentence when the kernel would not have such a path. */
function statsOf(path: string): Stats | undefined | string {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === 'ENAMETOOLONG') return `${path} is longer than a path can be`;
    throw new Error(`cannot look at ${path}`, { cause: error });
  }
}

/** Undefined when it is no link any more. */
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
