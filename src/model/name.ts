import { NspawndError } from './errors.ts';
import { quoted } from './text.ts';

/** Labels with inner hyphens, and dots between them. One expression: it is asked of each name at each look. */
const NAME = /^[A-Za-z0-9]+(?:(?:-+|\.)[A-Za-z0-9]+)*$/;
const MAX_LENGTH = 64;
const UNIT = /^systemd-nspawn@(.*)\.service$/;

/**
 * Whether systemd takes this as a machine name: dot-separated labels of letters, digits and inner hyphens, at most
 * 64 characters (hostname_is_valid() in systemd, hostname(7)). Such a name needs no escaping in a file name, a unit
 * instance or `.nspawn`.
 */
export function isMachineName(name: string): boolean {
  return name.length <= MAX_LENGTH && NAME.test(name);
}

/** Throws `InvalidArgs` for what is no machine name: no other text may become part of a path, a unit name or a line. */
export function assertMachineName(name: string): void {
  if (!isMachineName(name))
    throw new NspawndError('InvalidArgs', `${quoted(name)} is not a valid machine name`);
}

/** The unit that runs a machine: `systemd-nspawn@NAME.service`. */
export function unitOf(name: string): `systemd-nspawn@${string}.service` {
  assertMachineName(name);
  return `systemd-nspawn@${name}.service`;
}

/** The machine that a unit runs; undefined for any other unit. */
export function nameOfUnit(unit: string): string | undefined {
  const name = UNIT.exec(unit)?.[1];
  return name !== undefined && isMachineName(name) ? name : undefined;
}
