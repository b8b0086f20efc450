import type { Declaration } from '../model/declaration.ts';

/** What rendering needs to know of the host. */
export interface HostFacts {
  /** /etc/machine-id: 32 hex digits */
  readonly machineId: string;
  /** 257 */
  readonly systemdVersion: number;
  /** What nspawnd binds of its own accord and lies on a file system without idmapped mounts: '/nix/store', or nothing. */
  readonly cannotIdmap: ReadonlySet<string>;
}

/** What each feature renders from. */
export interface Context {
  readonly name: string;
  readonly declaration: Declaration;
  /** Store path of the toplevel. */
  readonly system: string;
  readonly facts: HostFacts;
}
