import { closeSync, openSync } from 'node:fs';
import type { Action } from '../plan/actions.ts';

/**
 * Every point at which being killed makes a difference: after an action of a plan, and between what a job does. A
 * daemon that is started anew must converge from each of them.
 */
export type Step =
  | Exclude<
      Action['kind'],
      'start' | 'restart' | 'switch' | 'stop' | 'check' | 'reload-units' | 'set-limits' | 'clean-up'
    >
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
const DIED = '/run/nspawnd/died';

/** For the tests of crash safety: with NSPAWND_DIE_AFTER=STEP the daemon dies there, once in a boot of the host. */
export function passed(step: Step): void {
  if (DIE_AFTER !== step || !claim()) return;
  process.kill(process.pid, 'SIGKILL');
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
