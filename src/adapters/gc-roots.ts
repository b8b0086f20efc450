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
import { GC_ROOTS } from '../model/paths.ts';
import type { RootKind } from '../plan/actions.ts';
import { isMissing } from './files.ts';

/*
 * Direct GC roots: a link below /nix/var/nix/gcroots to a store path keeps it and its closure from being
 * collected (nix-store(1), --gc). They hold what machines run when the profile has long moved on.
 */

export function readRoots(name: string): { desired: string; running: string } {
  return { desired: readRoot(name, 'desired'), running: readRoot(name, 'running') };
}

/** Points a root at a store path, replacing the old one in one step. */
export function setRoot(name: string, root: RootKind, system: string): void {
  const path = `${GC_ROOTS}/${name}/${root}`;
  try {
    mkdirSync(`${GC_ROOTS}/${name}`, { recursive: true });
    rmSync(`${path}.new`, { force: true });
    symlinkSync(system, `${path}.new`);
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new Error(`cannot root ${system} at ${path}`, { cause: error });
  }
}

export function dropRoot(name: string, root: RootKind): void {
  rmSync(`${GC_ROOTS}/${name}/${root}`, { force: true });
  rmSync(`${GC_ROOTS}/${name}/${root}.new`, { force: true });
}

export function dropRoots(name: string): void {
  dropRoot(name, 'desired');
  dropRoot(name, 'running');
  try {
    rmdirSync(`${GC_ROOTS}/${name}`);
  } catch (error) {
    if (!isMissing(error)) throw new Error(`cannot remove ${GC_ROOTS}/${name}`, { cause: error });
  }
}

/** The names that have a root of ours. */
export function rootedNames(): string[] {
  try {
    return readdirSync(GC_ROOTS);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new Error(`cannot list ${GC_ROOTS}`, { cause: error });
  }
}

/** Whether a name has a root of ours, or had one until a clean-up that is not finished. */
export function isRooted(name: string): boolean {
  return existsSync(`${GC_ROOTS}/${name}`);
}

function readRoot(name: string, root: RootKind): string {
  const path = `${GC_ROOTS}/${name}/${root}`;
  try {
    // Looked at first: most containers lack one of them, and an exception costs as much as all else of a look.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isSymbolicLink() ? readlinkSync(path) : '';
  } catch (error) {
    throw new Error(`cannot read ${path}`, { cause: error });
  }
}
