import { closeSync, lstatSync, openSync, readdirSync, realpathSync } from 'node:fs';
import { MAX_BYTES } from '../model/bounds.ts';
import { isMachineName } from '../model/name.ts';
import { MACHINES } from '../model/paths.ts';
import { isMissing, readText } from './files.ts';

/*
 * An ephemeral machine's root is a copy beside the template, `.#machine.NAME` (before 258) or `.#snapshot.NAME` and 16
 * random hexadecimal digits, and nspawn holds an open file description lock on `.#` + that name + `.lck` for as long as
 * it lives. Killed, it leaves both behind, and since 258 some clean stops leave the tree.
 *
 * Invariant: a tree is removed only if its lock was seen free after the tree was seen. nspawn locks before it makes the
 * tree, never takes one that is there, and comes back from losing a file that it was just about to lock.
 */

const TABLE = { max: MAX_BYTES.table };
const TREE = /^\.#(?:machine|snapshot)\.(.+)[0-9a-f]{16}$/;
const LOCK = /^\.#(\.#.*)\.lck$/;

/** The paths of a machine's ephemeral roots and their lock files, also of one that runs. */
export function leftoversOf(name: string): string[] {
  return leftoversByName().get(name) ?? [];
}

/** Of each of these machines the ephemeral roots and lock files that no process holds; without those that have none. */
export function staleLeftovers(names: Iterable<string>): Map<string, string[]> {
  const all = leftoversByName();
  const there = [...names].filter(name => all.has(name));
  if (there.length === 0) return new Map();
  const free = freeOnes();
  const stale = there.map(name => [name, all.get(name)?.filter(free) ?? []] as const);
  return new Map(stale.filter(([, paths]) => paths.length > 0));
}

/**
 * Removes what no process holds of a machine's ephemeral roots; the paths. Links are removed, not followed, and a tree
 * with something mounted in it is left. To be called when the unit is inactive and no such machine is registered. The
 * error names the path that could not be removed; the others are removed all the same.
 */
export async function sweep(name: string): Promise<string[]> {
  const stale = staleLeftovers([name]).get(name) ?? [];
  if (stale.length === 0) return [];
  try {
    await remove(stale);
  } catch (cause) {
    const left = stale.find(path => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
    throw new Error(`cannot remove ${left ?? stale.join(' ')}`, { cause });
  }
  return stale;
}

/** rm(1) goes by descriptors, so that no link leads it astray, and says of each path why it is still there. */
async function remove(paths: readonly string[]): Promise<void> {
  // Loaded when it is first needed: it is a tenth of the daemon's start.
  const { execFile } = await import('node:child_process');
  await new Promise<void>((resolve, reject) => {
    execFile('rm', ['-rf', '--', ...paths], { env: { ...process.env, LC_ALL: 'C' } }, (error, _, stderr) => {
      if (error === null) resolve();
      else reject(stderr === '' ? error : new Error(stderr.split('\n')[0]));
    });
  });
}

function leftoversByName(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const entry of entries()) {
    const name = TREE.exec(LOCK.exec(entry)?.[1] ?? entry)?.[1];
    if (name === undefined || !isMachineName(name)) continue;
    const paths = found.get(name);
    if (paths === undefined) found.set(name, [`${MACHINES}/${entry}`]);
    else paths.push(`${MACHINES}/${entry}`);
  }
  return found;
}

function entries(): string[] {
  try {
    return readdirSync(MACHINES);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new Error(`cannot list ${MACHINES}`, { cause: error });
  }
}

/** Tells which trees and lock files nobody holds or has mounted on, as of now. */
function freeOnes(): (path: string) => boolean {
  const mounts = readMounts();
  const held = readHeldInodes(deviceOf(MACHINES, mounts));
  const directory = realpathSync(MACHINES);
  return path => {
    const tree = path.endsWith('.lck') ? treeOf(path) : path;
    const lock = lstatSync(lockOf(tree), { bigint: true, throwIfNoEntry: false });
    if (lock !== undefined && held.has(lock.ino)) return false;
    const real = `${directory}${tree.slice(MACHINES.length)}`;
    return !mounts.some(({ point }) => point === real || point.startsWith(`${real}/`));
  };
}

function lockOf(tree: string): string {
  return tree.replace(/\/([^/]*)$/, '/.#$1.lck');
}

function treeOf(lock: string): string {
  return lock.replace(/\/\.#([^/]*)\.lck$/, '/$1');
}

interface Mount {
  readonly id: string;
  /** Of the file system, as `major:minor`. */
  readonly device: string;
  readonly point: string;
}

function readMounts(): Mount[] {
  return readText('/proc/self/mountinfo', TABLE)
    .text.split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [id = '', , device = '', , point = ''] = line.split(' ');
      return { id, device, point: point.replace(/\\([0-7]{3})/g, octal) };
    });
}

function octal(_: string, code: string): string {
  return String.fromCharCode(Number.parseInt(code, 8));
}

/** The device that /proc/locks means. Not st_dev, which on btrfs is another for each subvolume. */
function deviceOf(directory: string, mounts: readonly Mount[]): string {
  const descriptor = openSync(directory, 'r');
  try {
    const info = readText(`/proc/self/fdinfo/${descriptor}`, TABLE).text;
    const id = /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
    const device = mounts.find(mount => mount.id === id)?.device;
    if (device === undefined) throw new Error(`cannot tell which file system ${directory} is on`);
    return device;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The inodes on that device on which there is a lock (proc_locks(5)). Of processes in other PID namespaces the kernel
 * hides traditional locks, but not open file description locks, which is what nspawn takes.
 */
function readHeldInodes(device: string): Set<bigint> {
  const locks = readText('/proc/locks', TABLE).text.matchAll(/ ([0-9a-f]+):([0-9a-f]+):(\d+) /g);
  return new Set(
    [...locks]
      .filter(([, major = '', minor = '']) => device === [major, minor].map(hexToDecimal).join(':'))
      .map(([, , , inode = '0']) => BigInt(inode)),
  );
}

function hexToDecimal(text: string): string {
  return String(Number.parseInt(text, 16));
}
