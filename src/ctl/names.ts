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
 * A store path short enough for a table: the first letters of its hash, which tell two builds of one version apart,
 * and its version (`nixos-system-web-25.11.4a2b` → `8bqkfx9b-25.11.4a2b`), or its name where it has none. `-` for no
 * path.
 */
export function shortSystem(path: string): string {
  if (path === '') return '-';
  const [, hash = '', name = ''] = /\/nix\/store\/([0-9a-z]{32})-([^/]+)/.exec(path) ?? [];
  return hash === '' ? path : `${hash.slice(0, 8)}-${versionOf(name) ?? name}`;
}

/** A sentence with its systems as short as in the table beside it; what lies below one stays as it is. */
export function shortSystemsIn(reason: string): string {
  return reason.replace(/\/nix\/store\/[0-9a-z]{32}-[\w.+?=-]+(?![\w.+?=/-])/g, shortSystem);
}

/** From the first number with a dot on, which a host's name can't have (`web-2-25.11pre-git`); else the last number. */
function versionOf(name: string): string | undefined {
  return (/-(\d+\..*)$/.exec(name) ?? /-(\d[^-]*)$/.exec(name))?.[1];
}
