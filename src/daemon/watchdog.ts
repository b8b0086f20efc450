import { write } from 'node:fs';
import type { Logger } from 'pino';
import { messageOf } from '../model/errors.ts';

/** As OpenFile= of the unit names it. */
const SOCKET = 'notify';
/** The first descriptor that systemd passes, SD_LISTEN_FDS_START of sd_listen_fds(3). */
const FIRST = 3;
const BEAT = 'WATCHDOG=1';
/** A beat that is late by half of the time still comes in time. */
const BEATS = 2.5;

/**
 * Tells systemd that the event loop turns, as often as WatchdogSec= asks for (sd_watchdog_enabled(3)): a daemon that
 * hangs is killed and started anew, and adopts what runs.
 *
 * Node has no datagram sockets of the Unix kind, and a process for each beat (systemd-notify(1)) would be a poll. So PID 1
 * opens its own notification socket for us (OpenFile= of systemd.service(5)); a plain write(2) to it is a notification.
 */
export function startWatchdog(log: Logger): void {
  const { WATCHDOG_USEC: span, WATCHDOG_PID: pid } = process.env;
  if (span === undefined || (pid !== undefined && Number(pid) !== process.pid)) return;
  const descriptor = passedDescriptor(SOCKET);
  if (descriptor === undefined) {
    log.warn('systemd will take nspawnd for hanging: its unit has WatchdogSec= and no OpenFile=…:notify');
    return;
  }
  const beat = heart(descriptor, log);
  setInterval(beat, Number(span) / 1000 / BEATS).unref();
  beat();
}

/** Not by writeSync: should PID 1 not read, that must not stop the event loop. One at a time: a later one says no more. */
function heart(descriptor: number, log: Logger): () => void {
  let isBeating = false;
  return () => {
    if (isBeating) return;
    isBeating = true;
    write(descriptor, BEAT, error => {
      isBeating = false;
      if (error) log.warn({ err: error }, `cannot tell systemd's watchdog of us: ${messageOf(error)}`);
    });
  };
}

/** A descriptor by its name (sd_listen_fds_with_names(3)). */
function passedDescriptor(name: string): number | undefined {
  const { LISTEN_PID: pid, LISTEN_FDNAMES: names = '' } = process.env;
  const at = names.split(':').indexOf(name);
  return at < 0 || Number(pid) !== process.pid ? undefined : FIRST + at;
}
