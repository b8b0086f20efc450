import { isBad } from '../model/verdict.ts';
import { EXIT } from './exit.ts';
import type { Colour } from './text.ts';

/** The colour of a container's or the daemon's state. */
export function stateColour(state: string): Colour {
  if (state === 'running') return 'green';
  if (state === 'failed' || state === 'invalid') return 'red';
  return state === 'stopped' ? 'gray' : 'yellow';
}

/** What a settled state means for a deployment: 0, or 3 where what was asked for neither runs nor will run. */
export function outcome(state: string): number {
  return isBad(state) ? EXIT.notGood : EXIT.ok;
}
