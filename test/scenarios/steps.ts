/** Helpers for tests that cut an update in two, or do something in the middle of it: see src/reconcile/steps.ts. */
import { expect } from 'vitest';
import type { Step } from '../../src/reconcile/steps.ts';
import type { ContainerJson, Scenario } from './world.ts';

const DROP_IN = '/run/systemd/system/nspawnd.service.d/steps.conf';
const UNIT = 'systemd-nspawn@web.service';

/** The daemon dies once after that step, and is started anew by systemd. */
export async function dieAfter({ host }: Scenario, step: Step | ''): Promise<void> {
  await host.write(DROP_IN, `[Service]\nEnvironment=NSPAWND_DIE_AFTER=${step}\n`);
  await host.sh(
    'rm -f /run/nspawnd/died; systemctl daemon-reload; systemctl restart nspawnd; nspawnctl wait || true',
  );
}

export async function died({ host }: Scenario): Promise<boolean> {
  return (await host.run(['test', '-e', '/run/nspawnd/died'], { reject: false })).exitCode === 0;
}

/** The daemon stands still after each of these steps. Resolves when it is to be started, or was started anew. */
export async function standAfter({ host }: Scenario, steps: readonly Step[]): Promise<void> {
  await host.write(DROP_IN, `[Service]\nEnvironment=NSPAWND_STAND_AFTER=${steps.join(',')}\nWatchdogSec=0\n`);
  await host.sh(`
    mkdir -p /run/nspawnd
    for fifo in at go; do test -p /run/nspawnd/$fifo || mkfifo /run/nspawnd/$fifo; done
    systemctl daemon-reload
    systemctl try-restart nspawnd`);
}

/** Where the daemon stands now, or as soon as it comes by one of the steps. */
export async function arrival({ host }: Scenario): Promise<string> {
  return (await host.run(['cat', '/run/nspawnd/at'])).stdout;
}

/**
 * From now on bash is run in the host whenever the daemon comes by one of these steps, $1: see `stepsOf`. `functions` are
 * for its use; what it finds wrong it appends to /run/faults.
 */
export async function actAtEachStep(
  scenario: Scenario,
  steps: readonly Step[],
  functions: string,
): Promise<void> {
  const { host } = scenario;
  await host.write('/run/at-step', 'at_step() { :; }\n');
  await host.write(
    '/run/act-at-each-step',
    `${functions}
    # The first time in a \`stepsOf\`.
    first() { [ ! -e /run/first/$1 ] && mkdir -p /run/first/$1; }
    while step=$(cat /run/nspawnd/at); do
      . /run/at-step
      at_step $step && : >/run/nspawnd/go
    done`,
  );
  await standAfter(scenario, steps);
  await host.run(['systemd-run', '-q', '--unit=act-at-each-step', 'bash', '/run/act-at-each-step']);
}

/**
 * The steps that `work` leads to, as far as they are written to /run/steps; nothing was found wrong. `atStep` are lines
 * of bash; the daemon goes on unless the last of them fails.
 */
export async function stepsOf(
  { host }: Scenario,
  atStep: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  await host.write('/run/at-step', `at_step() {\n${atStep}\n}\n`);
  await host.sh('rm -rf /run/first; : >/run/steps; : >/run/faults');
  await work();
  expect(await host.read('/run/faults')).toBe('');
  return (await host.read('/run/steps')).trim().split('\n');
}

/** How often the unit was started while something was done. */
export async function startsDuring({ host }: Scenario, work: () => Promise<void>): Promise<number> {
  const cursor = (await host.sh("journalctl -n 0 --show-cursor -q | sed -n 's/^-- cursor: //p'")).trim();
  await work();
  const lines = await host.sh(
    `journalctl --after-cursor='${cursor}' -u ${UNIT} -o cat | grep -c '^Starting ' || true`,
  );
  return Number(lines.trim());
}

/** Nothing on the host that isn't of the state published: roots, temporary files, what is remembered. */
export async function tidy({ host, container }: Scenario): Promise<void> {
  const web = await container('web');
  const roots = await host.sh(
    'cd /nix/var/nix/gcroots/nspawnd/web; for r in *; do echo "$r $(readlink $r)"; done; ls -A | grep new || true',
  );
  expect(roots.trim().split('\n').sort()).toEqual(expectedRoots(web));
  const strays = await host.sh(
    "find /run/systemd /run/nspawnd /var/lib/nspawnd /nix/var/nix/gcroots/nspawnd -name '*nspawnd~' -o -name '*.new'",
  );
  expect(strays).toBe('');
  expect((await host.run(['nspawnctl', 'plan', '--json'])).stdout.trim()).toBe('[]');
}

function expectedRoots({ desired, booted, running, lastGood, held }: ContainerJson): string[] {
  return [
    ...(booted === running ? [] : [`booted ${booted}`]),
    ...[`desired ${desired}`, `last-good ${lastGood}`, `running ${running}`],
    ...(held ? [`held ${running}`] : []),
  ].sort();
}
