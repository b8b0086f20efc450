import { nameOfUnit, unitOf } from '../../model/name.ts';
import { formatTimeSpan } from '../../model/time-span.ts';
import type { Context } from '../context.ts';
import { type Line, lines } from '../lines.ts';

/** A guest that is asked to stop in the first moments of its boot doesn't hear KillSignal=: that takes all of this. */
const STOP_TIMEOUT = 30_000;

const DEFAULT_TIMEOUT = 90_000;

/** How often a machine may be started within the time that as many hanging boots take. */
const START_BURST = 8;

/** From this version on the template cleans up after nspawn itself (ExecStopPost=systemd-nspawn --cleanup). */
const CLEANS_UP = 258;

/** Time-outs, restart after a crash, and what older versions of systemd need for it. */
export function service({ declaration, facts }: Context): Line[] {
  const { timeout } = declaration.activation;
  return [
    ...lines(
      'drop-in',
      'Unit',
      {
        // Only the order: a container that it depends on and that fails does not keep it down.
        After: declaration.dependsOn.map(unitOf),
        StartLimitBurst: String(START_BURST),
        StartLimitIntervalSec: formatTimeSpan(startLimitInterval(timeout)),
      },
      { restart: false },
    ),
    ...lines(
      'drop-in',
      'Service',
      {
        TimeoutStartSec: formatTimeSpan(timeout),
        // Such a guest would not hear of it, and take TimeoutStopSec= more before anything else can be started.
        TimeoutStartFailureMode: 'kill',
        TimeoutStopSec: formatTimeSpan(STOP_TIMEOUT),
        // Never `always`, which since 258 also restarts what was powered off.
        Restart: 'on-failure',
        // A guest that is powered off before it is ready is a failure to systemd, and a stop to whoever did it.
        RestartPreventExitStatus: '0',
        ExecStopPost: facts.systemdVersion < CLEANS_UP ? CLEANUP : UNREGISTER,
      },
      { restart: false },
    ),
  ];
}

/** The machines that a drop-in has its own come after: `dependsOn` as it was rendered. */
export function namesAfter(dropIn: string): string[] {
  return [...dropIn.matchAll(/^After=(.*)$/gm)].flatMap(([, unit = '']) => nameOfUnit(unit) ?? []);
}

/**
 * Longer than a burst of boots that all hang until their time-out, so that this ends too (systemd.unit(5)). One more
 * than the burst: the pauses between the starts and the way from a failed stop to SIGKILL count as well. A boot
 * without time-out never comes back to be counted, only crashes do.
 */
function startLimitInterval(timeout: number): number {
  return (START_BURST + 1) * ((Number.isFinite(timeout) ? timeout : DEFAULT_TIMEOUT) + STOP_TIMEOUT);
}

/**
 * A machine whose nspawn was killed, or has lost the bus, stays registered if machined was restarted meanwhile, since it
 * only follows those that it has seen registered. Then the next start fails, or goes unregistered (from 258 on): nobody
 * finds the machine, nor gets into it. Where a stop was clean and machined knows no machine there is nothing to do; a
reboot of the guest is status 133.
 *
 * What was killed leaves a mount too that makes the next start fail. machined must be waited for: it looks up who asks,
 * and forgets a call whose sender has gone. By /bin/sh, as the only path that every distribution has; NixOS' systemd
 * looks for programs without a path in its own directory alone.
 */
const IS_CLEAN =
  '[ "$$SERVICE_RESULT $$EXIT_STATUS" = "success 0" ] && [ ! -e /run/systemd/machines/%i ] && exit';
const LEFT = '/run/systemd/nspawn/unix-export/%i';
const BY_BUS =
  'busctl -q call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager UnregisterMachine s %i';
/** Also without the bus, to which this machined does not come back when that is restarted. */
const BY_VARLINK =
  'varlinkctl -q call /run/systemd/machine/io.systemd.Machine io.systemd.Machine.Unregister "{\\\\"name\\\\":\\\\"%i\\\\"}"';
const CLEANUP = `-/bin/sh -c '${IS_CLEAN}; umount -q -l ${LEFT}; rm -df ${LEFT}; ${BY_BUS}'`;
const UNREGISTER = `-/bin/sh -c '${IS_CLEAN}; ${BY_VARLINK} >/dev/null 2>&1'`;
