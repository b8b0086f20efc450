import { EXIT } from './exit.ts';
import type { Colour } from './text.ts';

/** The colour of a container's or the daemon's state. */
export function stateColour(state: string): Colour {
  if (state === 'running') return 'green';
  if (state === 'failed' || state === 'invalid') return 'red';
  return state === 'stopped' ? 'gray' : 'yellow';
}

/**
 * What a settled state means for a deployment: 0, or 3 where the container does not run, and will not run at
 * its next start, what its profile points to. Stopped or held on purpose is no failure; neither is `degraded`,
 * which remains only where the declaration accepts it or the guest's units failed later.
 */
export function outcome(state: string): number {
  return BAD_STATES.has(state) ? EXIT.notGood : EXIT.ok;
}

const BAD_STATES: ReadonlySet<string> = new Set(['rolled-back', 'failed', 'waiting', 'invalid']);
