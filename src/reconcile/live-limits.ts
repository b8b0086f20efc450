import type { Logger } from 'pino';
import { claimControlFiles, dropControlFiles } from '../adapters/control-files.ts';
import type { Systemd1 } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * Sets changed limits of machines that run, after their drop-ins were written. False when one could not be set: then a
 * daemon-reload does it, which takes longer.
 */
export async function setLimits(
  systemd: Systemd1,
  log: Logger,
  plans: readonly (readonly [string, Plan])[],
): Promise<boolean> {
  const set = plans.flatMap(([name, { actions }]) =>
    actions.flatMap(action => (action.kind === 'set-limits' ? [{ name, ...action }] : [])),
  );
  const done = await Promise.all(
    set.map(async ({ name, properties }) => {
      try {
        await systemd.setProperties(name, properties);
        claimControlFiles(name, properties);
        return true;
      } catch (error) {
        dropControlFiles(name);
        log.warn(
          { err: error, name, action: 'set-limits' },
          `cannot set the limits of ${name} at once, reloading instead: ${messageOf(error)}`,
        );
        return false;
      }
    }),
  );
  return !done.includes(false);
}
