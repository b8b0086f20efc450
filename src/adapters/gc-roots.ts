import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { GC_ROOTS, rootsOf } from '../model/paths.ts';
import type { RootKind } from '../plan/actions.ts';
import type { Roots } from '../plan/situation.ts';
import type { FileCache } from './file-cache.ts';
import { isMissing, syncDirectory } from './files.ts';

/*
 * Direct GC roots: a link below /nix/var/nix/gcroots to a store path keeps it and its closure from being
 * collected (nix-store(1), --gc). They hold what machines run when the profile has long moved on.
 */

const KINDS: readonly RootKind[] = ['desired', 'running', 'booted', 'last-good', 'held', 'next'];

const NONE: Roots = { desired: '', running: '', booted: '', 'last-good': '', held: '', next: '' };

/** A link can't be changed but by a change of the directory, which is all that is looked at mostly. */
export function readRoots(name: string, files: FileCache): Roots {
  return files.read(name, rootsOf(name), () => readAll(name)) ?? NONE;
}

/** What neither is wanted nor is none: a link that was not put in its place is done away with by the next change. */
const UNFINISHED = 'unfinished';

/** Most containers lack most of them: what is there is listed first, an exception costs as much as a whole look. */
function readAll(name: string): Roots {
  const there = new Set(list(rootsOf(name)));
  const read = (kind: RootKind) => {
    if (there.has(`${kind}.new`)) return UNFINISHED;
    return there.has(kind) ? readRoot(name, kind) : '';
  };
  return {
    desired: read('desired'),
    running: read('running'),
    booted: read('booted'),
    'last-good': read('last-good'),
    held: read('held'),
    next: read('next'),
  };
}

/** Points a root at a store path, replacing the old one in one step. */
export function setRoot(name: string, root: RootKind, system: string): void {
  const path = `${rootsOf(name)}/${root}`;
  try {
    mkdirSync(rootsOf(name), { recursive: true });
    rmSync(`${path}.new`, { force: true });
    symlinkSync(system, `${path}.new`);
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new Error(`cannot root ${system} at ${path}`, { cause: error });
  }
}

/** Has the roots of a name outlast a loss of power: to be done before anything does that relies on them then. */
export function syncRoots(name: string): void {
  for (const path of [rootsOf(name), GC_ROOTS]) syncDirectory(path);
}

export function dropRoot(name: string, root: RootKind): void {
  rmSync(`${rootsOf(name)}/${root}`, { force: true });
  rmSync(`${rootsOf(name)}/${root}.new`, { force: true });
}

export function dropRoots(name: string): void {
  for (const kind of KINDS) dropRoot(name, kind);
  try {
    rmdirSync(rootsOf(name));
  } catch (error) {
    if (!isMissing(error)) throw new Error(`cannot remove ${rootsOf(name)}`, { cause: error });
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new Error(`cannot list ${directory}`, { cause: error });
  }
}

/** Whether a name has a root of ours, or had one until a clean-up that is not finished. */
export function isRooted(name: string): boolean {
  return existsSync(rootsOf(name));
}

function readRoot(name: string, root: RootKind): string {
  const path = `${rootsOf(name)}/${root}`;
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isSymbolicLink() ? readlinkSync(path) : '';
  } catch (error) {
    throw new Error(`cannot read ${path}`, { cause: error });
  }
}
