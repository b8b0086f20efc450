import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import type { Action } from '../plan/actions.ts';

/**
 * Every point at which being killed, or what others do meanwhile, makes a difference: before and after an action of a
 * plan, and between what a job does. A daemon that is started anew must converge from each of them.
 */
export type Step =
  | Exclude<
      Action['kind'],
      | 'start'
      | 'restart'
      | 'switch'
      | 'stop'
      | 'check'
      | 'reload-units'
      | 'set-limits'
      | 'reset-failed'
      | 'clean-up'
    >
  | 'planned'
  | 'clean-up-files'
  | 'clean-up-memory'
  | 'reload'
  | 'commit'
  | 'job-asked'
  | 'job-ended'
  | 'condemned'
  | 'failure-recorded'
  | 'switch-recorded'
  | 'switch-asked'
  | 'switch-ended'
  | 'verdict';

const DIE_AFTER = process.env.NSPAWND_DIE_AFTER;
const STAND_AFTER = new Set((process.env.NSPAWND_STAND_AFTER ?? '').split(','));
const DIED = '/run/nspawnd/died';
const AT = '/run/nspawnd/at';
const GO = '/run/nspawnd/go';

/**
 * For the tests of crash safety: with NSPAWND_DIE_AFTER=STEP the daemon dies there, once in a boot of the host; with
 * NSPAWND_STAND_AFTER=STEP,STEP… it stands still at each of these, whenever it comes by.
 */
export function passed(step: Step): void {
  if (STAND_AFTER.has(step)) standStill(step);
  if (DIE_AFTER === step && claim()) process.kill(process.pid, 'SIGKILL');
}

/** Two FIFOs: who reads from the one learns where it stands; then it stands until somebody opens and closes the other. */
function standStill(step: Step): void {
  const at = openSync(AT, constants.O_WRONLY);
  writeSync(at, step);
  closeSync(at);
  readFileSync(GO);
}

/** Whether nobody has died yet: who creates the file is the one. */
function claim(): boolean {
  try {
    closeSync(openSync(DIED, 'wx'));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new Error(`cannot create ${DIED}`, { cause: error });
  }
}
