import { assertMachineName } from './name.ts';

/** Where things are on the host; the paths are part of the contract with administrators. */

export const DECLARATIONS = '/etc/nspawnd/containers';
export const SETTINGS = '/etc/nspawnd/nspawnd.json';
/** What only this boot needs to know of each machine, one JSON file a name. */
export const RECORDS = '/run/nspawnd/machines';
/** What must survive a reboot of each container, one JSON file a name. */
export const LASTING = '/var/lib/nspawnd';
export const GC_ROOTS = '/nix/var/nix/gcroots/nspawnd';
/** Where Nix's garbage collector listens while it works. */
export const GC_SOCKET = '/nix/var/nix/gc-socket/socket';
export const MACHINES = '/var/lib/machines';
export const STORE = '/nix/store';

/*
 * A name that comes into a path is asserted to be a machine name here, whoever asked for the path: callers, guests and
 * files on disk may bring any text as a name.
 */

export type UnitFileKind = 'nspawn' | 'network' | 'drop-in';

/** Where a rendered file lies, whether or not it is there. */
export function pathOf(kind: UnitFileKind, name: string): string {
  assertMachineName(name);
  return pathOfKind(kind, name);
}

function pathOfKind(kind: UnitFileKind, name: string): string {
  switch (kind) {
    case 'nspawn':
      return `/run/systemd/nspawn/${name}.nspawn`;
    case 'network':
      return `/run/systemd/network/70-nspawnd-ve-${name}.network`;
    case 'drop-in':
      return `/run/systemd/system/systemd-nspawn@${name}.service.d/50-nspawnd.conf`;
  }
}

/** The files that may be rendered for a container, in the order in which they are written. */
export function unitFilesOf(name: string): { kind: UnitFileKind; path: string }[] {
  assertMachineName(name);
  return (['drop-in', 'network', 'nspawn'] as const).map(kind => ({ kind, path: pathOfKind(kind, name) }));
}

/** Where the GC roots of a container are. */
export function rootsOf(name: string): string {
  assertMachineName(name);
  return `${GC_ROOTS}/${name}`;
}

/** Files of an administrator in /etc win over ours in /run by name. */
export function shadowOf(path: string): string {
  return `/etc${path.slice('/run'.length)}`;
}

/** The template root of a machine: empty, since the guest boots from the store into an ephemeral copy. */
export function templateOf(name: string): string {
  assertMachineName(name);
  return `${MACHINES}/${name}`;
}
