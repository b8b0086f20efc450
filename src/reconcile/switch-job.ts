import { createHash } from 'node:crypto';
import { Guest, type GuestRun } from '../adapters/guest.ts';
import type { JobAction } from '../plan/actions.ts';
import type { JobsParts, Outcome } from './jobs.ts';
import { condemn } from './start-job.ts';
import { passed } from './steps.ts';

/**
 * Brings a running guest to another system by that system's own script, as `nixos-rebuild test` does. The script is a
 * unit of the guest: it outlives the re-execution of the guest's manager, and us, and its result is kept under its name.
 */
export async function switchMachine(
  parts: JobsParts,
  name: string,
  { start, invocation, resume }: Extract<JobAction, { kind: 'switch' }>,
): Promise<Outcome> {
  const { records, log } = parts;
  const underWay = (finished: boolean) => ({ invocation, system: start.system, finished });
  const guest = await Guest.connect(name, { log: (level, message) => log[level](message) });
  if (guest === undefined) {
    const reason = `cannot switch to ${start.system}: the guest has no system bus`;
    condemn(parts, name, start, reason);
    return reason;
  }
  try {
    // What is kept of an earlier switch to the same system must not be taken for this one's result.
    if (!resume) await guest.forget(unitFor(start.system));
    // On record before it begins: from then on the machine is not what it was started with.
    // What was heard of this system before it ran another one in between says nothing of now.
    const { verdict: _, ...record } = records.get(name);
    records.set(name, { ...record, switch: underWay(false) });
    passed('switch-recorded');
    const ended = guest.run(unitFor(start.system), [`${start.system}/bin/switch-to-configuration`, 'test'], {
      timeoutMs: parts.timeoutOf(name),
      keep: true,
      environment: ['LOCALE_ARCHIVE=/run/current-system/sw/lib/locale/locale-archive'],
    });
    setImmediate(passed, 'switch-asked');
    const run = await ended;
    passed('switch-ended');
    const reason = run.result === 'done' ? '' : `cannot switch to ${start.system}: ${complaintOf(run)}`;
    if (reason !== '') condemn(parts, name, start, reason);
    records.set(name, { ...records.get(name), switch: underWay(true) });
    // What failed would stay a failed unit of the guest, and be held against the next system.
    if (reason !== '') await guest.forget(unitFor(start.system));
    return reason;
  } finally {
    await guest.close();
  }
}

function complaintOf({ result, exitStatus, output }: GuestRun): string {
  const how =
    result === 'timeout' ? 'did not end within activation.timeout' : `ended with status ${exitStatus}`;
  return `its switch-to-configuration ${how}${output === '' ? '' : `: ${output}`}`;
}

/** The same each time, so that a daemon that comes back finds the script that it began. */
function unitFor(system: string): string {
  return `nspawnd-switch-${createHash('sha256').update(system).digest('hex').slice(0, 12)}.service`;
}
