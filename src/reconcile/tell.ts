import type { Logger } from 'pino';
import { fileOf } from '../adapters/declarations.ts';
import type { ContainerView } from '../model/container.ts';
import { type Action, describe, isJob } from '../plan/actions.ts';
import type { Plan } from '../plan/plan.ts';
import type { Situation } from '../plan/situation.ts';

/** Logs what was done. After it is: nothing of what is told is what the machines have to wait for. */
export function tellSteps(log: Logger, name: string, actions: Plan['actions']): void {
  for (const { action, why } of stepsOf(actions)) {
    log.info({ name, action, why }, `${name}: ${action}: ${why}`);
  }
}

/** Logs a state that differs from the one before. */
export function tellState(
  log: Logger,
  before: ContainerView | undefined,
  { name, declared }: Situation,
  { actions, state, reason, desired, booted }: Plan,
): void {
  if (actions.some(isJob) || (before?.state === state && before.reason === reason)) return;
  if (declared.kind === 'absent' && before === undefined) return;
  const level = BAD.has(state) ? 'error' : state === 'waiting' || state === 'degraded' ? 'warn' : 'info';
  log[level](
    { name, action: 'state', state, why: reason, from: booted?.system, to: desired, file: fileOf(name) },
    `${name}: ${state}: ${reason}`,
  );
}

const BAD: ReadonlySet<string> = new Set(['failed', 'invalid', 'rolled-back']);

/** What is done before any job, as one step for each kind of action: several files are one rendering. */
function stepsOf(actions: Plan['actions']): { action: string; why: string }[] {
  const steps = Map.groupBy(
    actions.filter(isStep).flatMap(action => describe(action) ?? []),
    ({ action }) => action,
  );
  return [...steps].map(([action, each]) => ({ action, why: each.map(({ why }) => why).join('; ') }));
}

/** Jobs tell of themselves; that the guest is asked is in each plan until it has answered, and stands in the state. */
function isStep(action: Action): boolean {
  return !isJob(action) && action.kind !== 'check';
}
