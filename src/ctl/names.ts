/** Names of the daemon's D-Bus contract, see org.nixos.nspawn1(5); the objects' paths are in the model. */
export const BUS_NAME = 'org.nixos.nspawn1';
export const MANAGER = 'org.nixos.nspawn1.Manager';
export const CONTAINER = 'org.nixos.nspawn1.Container';
export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';
export const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** A D-Bus property's name as a JSON key: `UpdateUSec` → `updateUSec`. */
export function camelCase(property: string): string {
  return property.charAt(0).toLowerCase() + property.slice(1);
}

/**
 * A store path short enough for a table: its version where the name has one (`nixos-system-web-25.11.4a2b`),
 * with the first letters of the hash, which tell two builds of one version apart. `-` for none.
 */
export function shortSystem(path: string): string {
  if (path === '') return '-';
  const [, hash = '', name = ''] = /\/nix\/store\/([0-9a-z]{32})-([^/]+)/.exec(path) ?? [];
  if (hash === '') return path;
  const version = /-(\d+\.[^/]*)$/.exec(name)?.[1];
  return version === undefined ? hash.slice(0, 8) : `${hash.slice(0, 8)}-${version}`;
}
