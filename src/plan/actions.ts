import type { LiveProperty } from '../render/live-limits.ts';
import type { RenderedFile } from '../render/render.ts';
import type { Quarantine, Snapshot } from './situation.ts';

/** What a machine was started with, or is to be: a store path and the fingerprint of its units. */
export interface Start {
  readonly system: string;
  readonly fingerprint: string;
}

/**
 * Which of a container's systems a GC root keeps alive. `booted` is there only while the machine runs another system
 * than it was started from, `held` only while it is held, `next` only while the `.nspawn` file names a system that none
 * of the others is.
 */
export type RootKind = 'desired' | 'running' | 'booted' | 'last-good' | 'held' | 'next';

/**
 * Everything that a reconcile can do; a plan has it in the order in which it is done. The `.nspawn` file is written
 * after all other files, and its header names the system and fingerprint: it is the commit record, so that a daemon
 * killed in between finds out from it what an unknown invocation was started with.
 */
export type Action =
  /**
   * What an invocation of the unit was started with. `up`: it runs, so that a failure or stop of before is over; `failed`:
   * it is down for that; `crashed`: systemd is about to start it again.
   */
  | {
      readonly kind: 'remember';
      readonly invocation: string;
      readonly start: Start;
      readonly found: 'up' | 'failed' | 'crashed';
    }
  | { readonly kind: 'record-stop'; readonly reason: string }
  /** The unit is to be as if it had been stopped, and not `failed`. */
  | { readonly kind: 'reset-failed' }
  /** The guest is to be asked once more. */
  | { readonly kind: 'forget-verdict' }
  | { readonly kind: 'quarantine'; readonly entry: Quarantine; readonly why: string }
  /** Whatever was quarantined may be tried again. */
  | { readonly kind: 'unquarantine'; readonly why: string }
  | { readonly kind: 'keep-good'; readonly good: Snapshot; readonly why: string }
  | { readonly kind: 'hold'; readonly hold: Snapshot; readonly why: string }
  | { readonly kind: 'unhold'; readonly why: string }
  | { readonly kind: 'root'; readonly root: RootKind; readonly system: string }
  | { readonly kind: 'make-template' }
  | { readonly kind: 'write'; readonly file: RenderedFile; readonly why: string }
  | { readonly kind: 'remove'; readonly file: Pick<RenderedFile, 'kind' | 'path'>; readonly why: string }
  | { readonly kind: 'reload-units'; readonly why: string }
  /** For the machine that runs, without a reload; the drop-in has the same for the next start. */
  | { readonly kind: 'set-limits'; readonly properties: readonly LiveProperty[]; readonly why: string }
  | { readonly kind: 'start'; readonly start: Start; readonly why: string }
  | { readonly kind: 'restart'; readonly from: string; readonly start: Start; readonly why: string }
  /** `resume`: it was begun already, and its end is not on record. */
  | {
      readonly kind: 'switch';
      readonly from: string;
      readonly start: Start;
      readonly invocation: string;
      readonly resume: boolean;
      readonly why: string;
    }
  /**
   * `forget`: when it begins, what it was started with, so that a declaration that comes back after that finds it as if
   * never started.
   */
  | { readonly kind: 'stop'; readonly forget?: true; readonly why: string }
  /**
   * Asks the guest for its health, in the background; the answer goes on record. `settle`: it must stay healthy so many
   * ms, since a system is on trial. `needsBus`: without a system bus it is not healthy.
   */
  | {
      readonly kind: 'check';
      readonly invocation: string;
      readonly system: string;
      readonly settle: number;
      readonly needsBus: boolean;
    }
  | { readonly kind: 'unroot'; readonly root: RootKind }
  | { readonly kind: 'clean-up'; readonly why: string };

export type JobAction = Extract<Action, { kind: 'start' | 'restart' | 'switch' | 'stop' }>;
export type CheckAction = Extract<Action, { kind: 'check' }>;

const JOBS: ReadonlySet<string> = new Set(['start', 'restart', 'switch', 'stop']);

export function isJob(action: Action): action is JobAction {
  return JOBS.has(action.kind);
}

/** An action as one verb and one clause, for `Plan()`, the CLI and the log; bookkeeping has none. */
export function describe(action: Action): { action: string; why: string } | undefined {
  switch (action.kind) {
    case 'remember':
    case 'record-stop':
    case 'reset-failed':
    case 'forget-verdict':
    case 'keep-good':
    case 'root':
    case 'unroot':
    case 'make-template':
      return undefined;
    case 'write':
      return { action: 'render', why: `${action.file.path} ${action.why}` };
    case 'remove':
      return { action: 'remove', why: `${action.file.path} ${action.why}` };
    case 'check':
      return { action: 'check', why: `the guest has not been asked yet how it is with ${action.system}` };
    case 'reload-units':
      return { action: 'daemon-reload', why: action.why };
    default:
      return { action: action.kind, why: action.why };
  }
}
