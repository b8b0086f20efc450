import type { ContainerState, ContainerView } from './container.ts';
import { listed } from './text.ts';

/*
 * What a state means, decided once: for the manager's State and NFailed, for WaitSettled of all containers, and for
 * the exit code of `nspawnctl wait`.
 *
 * - `stopped` and `held` are somebody's will and no failure.
 * - `degraded` is none either. A new system that is not healthy is rolled back or `failed`, so what is left are failed
 *   units that the declaration accepts, or a system that was good before, which no deployment made worse.
 * - `waiting` is bad for a deployment, since what was asked for does not run, but nothing failed: a container that is
 *   declared before its profile is made must not make the whole host look broken.
 */

/** Gravest first: nothing runs as wanted, an older system runs, what runs is no longer looked after. */
const BAD: readonly string[] = ['failed', 'rolled-back', 'invalid', 'waiting'] satisfies ContainerState[];

/** Whether a settled container neither runs nor will run at its next start what is asked for, though nobody chose so. */
export function isBad(state: string): boolean {
  return BAD.includes(state);
}

/** Whether something failed: counted by NFailed, and makes the manager `degraded`. */
export function hasFailed(state: string): boolean {
  return isBad(state) && state !== 'waiting';
}

/** Whether an update or a start is under way: what it leads to is still open. */
export function isUnderWay(state: string): boolean {
  return state === 'updating' || state === 'starting';
}

/** All containers as one, as `WaitSettled` answers for them: the gravest state, and a reason that names each bad one. */
export function summary(views: Iterable<ContainerView>): { state: string; reason: string } {
  const all = [...views];
  const bad = all
    .filter(({ state }) => isBad(state))
    .sort((a, b) => BAD.indexOf(a.state) - BAD.indexOf(b.state));
  const [gravest] = bad;
  if (gravest === undefined) return { state: 'running', reason: `${all.length} containers settled` };
  return {
    state: gravest.state,
    reason: listed(
      bad.map(({ name, reason }) => `${name}: ${reason}`),
      '; ',
    ),
  };
}
