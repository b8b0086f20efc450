import type { Logger } from 'pino';
import type { Systemd1 } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import type { Action } from '../plan/actions.ts';

export interface ResetParts {
  readonly systemd: Systemd1;
  readonly log: Logger;
}

/** Lets PID 1 forget that a unit has failed. Not waited for; what goes wrong is logged. */
export function resetFailed({ systemd, log }: ResetParts, name: string): void {
  systemd.resetFailed(name).catch((error: unknown) => {
    log.warn({ err: error, name, action: 'reset-failed' }, `cannot reset ${name}: ${messageOf(error)}`);
  });
}

export function isReset({ kind }: Action): boolean {
  return kind === 'reset-failed';
}
