import { NspawndError } from './errors.ts';
import { STORE } from './paths.ts';
import { quoted } from './text.ts';

/**
 * Whether this is directly in the store, and a name as Nix makes them (at most 211 characters after the hash): nothing
 * that needs quoting, no path below.
 */
export function isStorePath(path: string): boolean {
  return path.startsWith(`${STORE}/`) && NAME.test(path.slice(STORE.length + 1));
}

/** Throws `InvalidArgs` for what is no store path. */
export function assertStorePath(path: string): void {
  if (!isStorePath(path))
    throw new NspawndError('InvalidArgs', `${quoted(path)} is not a path of the Nix store`);
}

const NAME = /^[0-9a-z]{32}-[0-9a-zA-Z+._?=-]{1,211}$/;
