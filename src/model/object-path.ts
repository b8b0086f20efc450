/** Object paths of our D-Bus objects, see org.nixos.nspawn1(5). */
export const MANAGER_PATH = '/org/nixos/nspawn1';
export const CONTAINERS_PATH = `${MANAGER_PATH}/container`;

export function containerPath(name: string): string {
  return `${CONTAINERS_PATH}/${encodeLabel(name)}`;
}

/** The name of the container at a path, whether it exists or not; undefined for paths that are none. */
export function containerName(path: string): string | undefined {
  if (!path.startsWith(`${CONTAINERS_PATH}/`)) return undefined;
  return decodeLabel(path.slice(CONTAINERS_PATH.length + 1));
}

/**
 * Any string as one element of an object path, as sd_bus_path_encode(3) does: all but ASCII letters and
 * digits, and a digit at the beginning, becomes `_` and the two hex digits of each byte; '' becomes `_`.
 */
export function encodeLabel(text: string): string {
  if (text === '') return '_';
  return text.replace(/^[0-9]|[^A-Za-z0-9]/gu, hexOf);
}

/** The inverse of `encodeLabel`; undefined for what it never gives, so that each object has one path only. */
export function decodeLabel(label: string): string | undefined {
  const text =
    label === '_' ? '' : Buffer.from(label.replace(/_([0-9a-f]{2})/g, byteOf), 'latin1').toString();
  return encodeLabel(text) === label ? text : undefined;
}

function hexOf(character: string): string {
  return Array.from(Buffer.from(character), byte => `_${byte.toString(16).padStart(2, '0')}`).join('');
}

function byteOf(_match: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}
