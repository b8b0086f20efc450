import type { ContainerState } from '../model/container.ts';
import type { ErrorCode } from '../model/errors.ts';
import type { Action, Start } from './actions.ts';
import type { Aim } from './aim.ts';
import { committed, type Observed } from './observed.ts';
import type { Lasting, Quarantine, Situation, Snapshot, Verdict } from './situation.ts';

/** What is to be done to one container now, and what is to be said of it. */
export interface Plan extends Observed {
  readonly state: ContainerState;
  readonly reason: string;
  /** Store path that the profile points to, '' when it points to none. */
  readonly desired: string;
  readonly actions: readonly Action[];
  /** What will be lasting when the actions are done. */
  readonly lasting: Lasting;
  /** Nothing of it is left: forget the name. */
  readonly gone: boolean;
  /** Something that isn't our job is under way, and its end is to be waited for. */
  readonly settling: boolean;
  /** The guest is heard, and whatever changes is told. */
  readonly follow?: Pick<Verdict, 'invocation' | 'system'>;
  /** Why what was asked for can't be done at all. */
  readonly refusal?: Refusal;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A plan as far as it is decided by what was found. */
export type Outcome = Pick<Plan, 'state' | 'reason' | 'actions'> & Partial<Plan>;
/** What runs, or failed, was found bad: what is to be done follows from that. */
export interface Condemned {
  readonly condemned: Quarantine;
}
/** A situation with a declaration that can be followed. */
export type Valid = Situation & { declared: { kind: 'valid' } };
/** What is to run. */
export type Target = Exclude<Aim, { kind: 'none' }>;

/** Why the desired system isn't what is to run. */
export function bad({ quarantined = [] }: Lasting): string {
  return quarantined[0]?.reason ?? 'the desired one is in quarantine';
}

export const stopped = (reason: string): Outcome => ({ state: 'stopped', reason, actions: [] });
export const failed = (reason: string): Outcome => ({ state: 'failed', reason, actions: [] });

export function start(wanted: Snapshot, why: string): Outcome {
  return { state: 'starting', reason: why, actions: [{ kind: 'start', start: startOf(wanted), why }] };
}

export function restart(from: string, wanted: Snapshot, why: string): Outcome {
  const action: Action = { kind: 'restart', from, start: startOf(wanted), why };
  return { state: 'updating', reason: why, actions: [action] };
}

export function live(action: Omit<Extract<Action, { kind: 'switch' }>, 'kind'>): Outcome {
  const start = startOf(action.start);
  return { state: 'updating', reason: action.why, actions: [{ kind: 'switch', ...action, start }] };
}

/** Something under way that isn't ours, and whose end wakes us. */
export function transition({ unit, files, lasting }: Situation): Outcome {
  const settling = { actions: [], settling: true };
  if (unit?.sub.startsWith('auto-restart')) {
    return { state: 'starting', reason: 'crashed; systemd is restarting it', ...settling };
  }
  if (unit?.active === 'deactivating') return { state: 'stopped', reason: 'stopping', ...settling };
  const { lastGood } = lasting;
  const isUpdate = lastGood !== undefined && !committed(files, lastGood);
  const reason = 'waiting for the guest to report ready';
  return { state: isUpdate ? 'updating' : 'starting', reason, ...settling };
}

export function startOf({ system, fingerprint }: Start): Start {
  return { system, fingerprint };
}
