import type { Declaration } from '../model/declaration.ts';
import type { Rendered, RenderedFile } from '../render/render.ts';
import type { Start } from './actions.ts';

/** What the declaration file says. */
export type Declared =
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'valid'; readonly declaration: Declaration };

/** What the profile points to. */
export type Resolved =
  | { readonly kind: 'system'; readonly system: string }
  | { readonly kind: 'waiting'; readonly reason: string };

/** A unit as PID 1 has it loaded; states as in org.freedesktop.systemd1(5). */
export interface UnitState {
  readonly active: string;
  readonly sub: string;
  /** Type of the queued or running job (`start`, `stop`, `restart`…), '' when none. */
  readonly job: string;
  /** InvocationID in hex, '' when it never ran. */
  readonly invocation: string;
  /** A file of it changed since PID 1 read it. */
  readonly needsReload: boolean;
}

/** What only this boot of the host needs to know; kept in /run. */
export interface MachineRecord {
  /** The invocation of the unit of which it is known what it was started with. */
  readonly started?: Start & { readonly invocation: string };
  /** The last start that we asked for and that failed. */
  readonly failure?: Start & { readonly reason: string };
  /** Why it is stopped and stays so: somebody asked us to stop it, or cancelled our start. */
  readonly stopped?: string;
}

/** A rendered file as it is on disk. */
export interface FileOnDisk {
  readonly kind: RenderedFile['kind'];
  readonly path: string;
  readonly content: string | undefined;
}

/** What somebody asked for through D-Bus; consumed by one run. */
export type Request = 'start' | 'stop' | 'restart';

/** Everything there is to know about one name, read afresh for each run. */
export interface Situation {
  readonly name: string;
  readonly declared: Declared;
  /** Only for a valid declaration. */
  readonly resolved?: Resolved;
  /** Only for a resolved system. */
  readonly rendered?: Rendered;
  /** Undefined: PID 1 has it not loaded, so it is inactive. */
  readonly unit?: UnitState;
  readonly files: readonly FileOnDisk[];
  /** Why a file or directory that we need is somebody else's; '' when none is. */
  readonly conflict: string;
  readonly hasTemplate: boolean;
  readonly roots: { readonly desired: string; readonly running: string };
  readonly record: MachineRecord;
  /** Anything of ours is left on the host: files, template root, GC roots. */
  readonly hasTraces: boolean;
  readonly request?: Request;
}
