/** A collection of garbage at each step of the daemon. */
import type { Step } from '../../src/reconcile/steps.ts';
import { actAtEachStep, stepsOf } from './steps.ts';
import type { Scenario } from './world.ts';

const STEPS: readonly Step[] = [
  ...([
    'planned',
    'root',
    'remember',
    'forget-verdict',
    'record-stop',
    'quarantine',
    'unquarantine',
  ] as const),
  ...(['keep-good', 'hold', 'unhold', 'unroot', 'make-template', 'write', 'remove', 'reload'] as const),
  ...(['commit', 'job-asked', 'job-ended', 'condemned', 'failure-recorded', 'verdict'] as const),
  ...(['switch-recorded', 'switch-asked', 'switch-ended', 'clean-up-files', 'clean-up-memory'] as const),
];

/**
 * Runs in the host. `collect` first puts the profiles out of the way, so that nothing but the daemon's own roots keeps a
 * system; then garbage goes, and all old generations with it; and what the daemon and its machine go by must be there.
 */
const COLLECTOR = `
profiles=/nix/var/nix/profiles roots=/nix/var/nix/gcroots/nspawnd/web
in_use() {
  for root in desired running booted last-good held next; do readlink $roots/$root | sed "s,^,$root ,"; done
  jq -r '"lastGood " + (.lastGood.system // empty), "hold " + (.hold.system // empty)' /var/lib/nspawnd/web.json
  sed -n 's,^# System: ,header ,p' /run/systemd/nspawn/web.nspawn
  leader=$(machinectl show -P Leader web) || return
  for system in booted current; do readlink /proc/$leader/root/run/$system-system | sed "s,^,$system ,"; done
}
hide() { mv $profiles/web* /run/hidden/ 2>/dev/null; }
show() { mv /run/hidden/* $profiles/ 2>/dev/null; }
collect() {
  in_use 2>/dev/null >/run/in-use
  hide
  nix-collect-garbage -d >/run/collection 2>&1 || echo "$step: $(cat /run/collection)" >>/run/faults
  show
  # Links into the store are followed: \`application\` is a path of its own in each system's closure.
  while read -r what system; do
    [ -x $system/init ] && [ -f $system/application ] || echo "$step: $what is gone: $system" >>/run/faults
  done </run/in-use
  echo $step >>/run/steps
}
mkdir -p /run/hidden
`;
const COLLECT = '[ $1 = planned ] || collect';

/** From now on garbage is collected whenever the daemon comes by any step, of `collectedDuring` that is. */
export function collectAtEachStep(scenario: Scenario): Promise<void> {
  return actAtEachStep(scenario, STEPS, COLLECTOR);
}

/**
 * The steps of what `work` leads to, at each of which garbage was collected that took nothing that was in use. `atStep`:
 * lines of bash that do something else at some of them.
 */
export function collectedDuring(
  scenario: Scenario,
  work: () => Promise<unknown>,
  atStep = COLLECT,
): Promise<string[]> {
  return stepsOf(scenario, atStep, work);
}

/** Which of these systems are in the store once garbage was collected. */
export async function leftOf({ host }: Scenario, ...systems: readonly string[]): Promise<string[]> {
  const valid = await host.sh(`
    nix-collect-garbage -d >/run/collection 2>&1
    for system in ${systems.join(' ')}; do if nix-store --check-validity $system 2>/dev/null; then echo $system; fi; done`);
  return valid.split('\n').filter(line => line !== '');
}
