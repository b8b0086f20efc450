import type { Logger } from 'pino';
import type { Guest } from '../adapters/guest.ts';
import { messageOf } from '../model/errors.ts';

/** Leaves a guest, in the background. */
export function closeGuest(guest: Guest | undefined, log: Logger): void {
  guest?.close().catch((error: unknown) => {
    log.warn({ err: error }, `cannot close the connection to a guest: ${messageOf(error)}`);
  });
}
