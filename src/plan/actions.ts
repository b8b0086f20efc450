import type { RenderedFile } from '../render/render.ts';

/** What a machine was started with, or is to be: a store path and the fingerprint of its units. */
export interface Start {
  readonly system: string;
  readonly fingerprint: string;
}

/** Which of a container's systems a GC root keeps alive. */
export type RootKind = 'desired' | 'running';

/**
 * Everything that a reconcile can do, in the order in which it is done. The `.nspawn` file is written last
 * before the job, and its header names the system and fingerprint: it is the commit record, so that a daemon
 * killed in between finds out from it what an unknown invocation was started with.
 */
export type Action =
  | { readonly kind: 'remember'; readonly invocation: string; readonly start: Start }
  | { readonly kind: 'record-stop'; readonly reason: string }
  | { readonly kind: 'root'; readonly root: RootKind; readonly system: string }
  | { readonly kind: 'make-template' }
  | { readonly kind: 'write'; readonly file: RenderedFile; readonly why: string }
  | { readonly kind: 'remove'; readonly file: Pick<RenderedFile, 'kind' | 'path'>; readonly why: string }
  | { readonly kind: 'reload-units'; readonly why: string }
  | { readonly kind: 'start'; readonly start: Start; readonly why: string }
  | { readonly kind: 'restart'; readonly from: string; readonly start: Start; readonly why: string }
  /** `forget`: what it was started with, so that a declaration that comes back finds it as if never started. */
  | { readonly kind: 'stop'; readonly forget?: true; readonly why: string }
  | { readonly kind: 'unroot'; readonly root: RootKind }
  | { readonly kind: 'clean-up'; readonly why: string };

export type JobAction = Extract<Action, { kind: 'start' | 'restart' | 'stop' }>;

export function isJob(action: Action): action is JobAction {
  return action.kind === 'start' || action.kind === 'restart' || action.kind === 'stop';
}

/** An action as one verb and one clause, for `Plan()`, the CLI and the log; bookkeeping has none. */
export function describe(action: Action): { action: string; why: string } | undefined {
  switch (action.kind) {
    case 'remember':
    case 'record-stop':
    case 'root':
    case 'unroot':
    case 'make-template':
      return undefined;
    case 'write':
      return { action: 'render', why: `${action.file.path} ${action.why}` };
    case 'remove':
      return { action: 'remove', why: `${action.file.path} ${action.why}` };
    case 'reload-units':
      return { action: 'daemon-reload', why: action.why };
    default:
      return { action: action.kind, why: action.why };
  }
}
