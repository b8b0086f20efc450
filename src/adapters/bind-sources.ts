import { lstatSync, realpathSync } from 'node:fs';
import type { BindSource } from '../model/bind-source.ts';
import type { Ancestor, Exposure } from '../model/hazards.ts';
import { errorCode, isMissing } from './files.ts';
import { MountTable } from './mounts.ts';
import { Pass } from './pass.ts';

/** Directories above a source that are looked at, from the root on; what is below them is taken to be open. */
const MAX_ANCESTORS = 64;

/** What the host has at the source of a bind mount now. */
export function lookAtSource(hostPath: string, pass = new Pass()): BindSource {
  return pass.once(`bind source ${hostPath}`, () => {
    const mounts = mountsIn(pass);
    const { found, path } = follow(hostPath, mounts, pass);
    const type = mounts.at(path)?.type ?? '';
    // What it stands for is mounted when nspawn opens it.
    const fileSystem = type === 'autofs' ? '' : type;
    return { found, path, fileSystem, submount: mounts.below(path) ?? '' };
  });
}

/** What keeps users of the host from what is below a path, as far as can be seen: access control lists can't. */
export function lookAtExposure(path: string, pass = new Pass()): Exposure {
  const options = mountsIn(pass).at(path)?.options ?? [];
  return {
    ancestors: ancestorsOf(path).map(each => pass.once(`ancestor ${each}`, () => ancestor(each))),
    kind: kindOf(path),
    runsSetuid: !options.includes('nosuid') && !options.includes('noexec'),
  };
}

function mountsIn(pass: Pass): MountTable {
  return pass.once('mounts', () => MountTable.ofHost());
}

function follow(path: string, mounts: MountTable, pass: Pass): Pick<BindSource, 'found' | 'path'> {
  try {
    return { found: 'there', path: realpathSync.native(path) };
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (isMissing(error) || code === 'ELOOP')
      return { found: isHidden(path, mounts, pass) ? 'unseen' : 'missing', path };
    if (code === 'EACCES') return { found: 'unseen', path };
    throw new Error(`cannot look up the bind source ${path}`, { cause: error });
  }
}

/** Whether we see another file system there than the host, as the daemon does at /tmp and /dev. */
function isHidden(path: string, ofHost: MountTable, pass: Pass): boolean {
  const own = pass.once('own mounts', () => MountTable.own());
  return own.placeOf(path) !== ofHost.placeOf(path);
}

/** The directories above a path, from the root on. */
function ancestorsOf(path: string): string[] {
  const names = path.split('/', MAX_ANCESTORS + 1).slice(1, -1);
  return ['/', ...names.map((_, at) => `/${names.slice(0, at + 1).join('/')}`)];
}

/** What can't be seen is taken to be open. */
function ancestor(path: string): Ancestor {
  const stats = statsOf(path);
  return { path, mode: stats?.mode ?? 0o777, owner: stats?.uid ?? 0, group: stats?.gid ?? 0 };
}

function kindOf(path: string): Exposure['kind'] {
  const stats = statsOf(path);
  if (stats === undefined) return 'other';
  return stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : stats.isSocket() ? 'socket' : 'other';
}

function statsOf(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === 'EACCES' || isMissing(error)) return undefined;
    throw new Error(`cannot look at ${path}`, { cause: error });
  }
}
