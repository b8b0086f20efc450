import { expect, it } from 'vitest';
import type { Step } from '../../src/reconcile/steps.ts';
import { type ContainerJson, onEachSystemd, type Scenario } from './world.ts';

const DROP_IN = '/run/systemd/system/nspawnd.service.d/die.conf';
const UNIT = 'systemd-nspawn@web.service';
const ACTIVATION = { timeout: '15s' };

/** The daemon dies once after that step, and is started anew by systemd. */
async function dieAfter({ host }: Scenario, step: Step | ''): Promise<void> {
  await host.write(DROP_IN, `[Service]\nEnvironment=NSPAWND_DIE_AFTER=${step}\n`);
  await host.sh(
    'rm -f /run/nspawnd/died; systemctl daemon-reload; systemctl restart nspawnd; nspawnctl wait || true',
  );
}

async function died({ host }: Scenario): Promise<boolean> {
  return (await host.run(['test', '-e', '/run/nspawnd/died'], { reject: false })).exitCode === 0;
}

/** How often the unit was started while something was done. */
async function startsDuring({ host }: Scenario, work: () => Promise<void>): Promise<number> {
  const cursor = (await host.sh("journalctl -n 0 --show-cursor -q | sed -n 's/^-- cursor: //p'")).trim();
  await work();
  const lines = await host.sh(
    `journalctl --after-cursor='${cursor}' -u ${UNIT} -o cat | grep -c '^Starting ' || true`,
  );
  return Number(lines.trim());
}

/** Nothing on the host that isn't of the state published: roots, temporary files, what is remembered. */
async function tidy({ host, container }: Scenario): Promise<void> {
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

onEachSystemd('a daemon that is killed', get => {
  const good: string[] = [];
  let failing = '';
  let dying = '';

  it('begins with a machine, and systems to bring it to', async () => {
    const { host, begin } = get();
    await begin({ activation: ACTIVATION });
    for (const version of ['1', '2']) good.push(await host.guest({ name: 'web', version }));
    failing = await host.guest({ name: 'web', version: 'failing', kind: 'failing-unit' });
    dying = await host.guest({ name: 'web', version: 'dying', kind: 'dies-at-once' });
  });

  const other = async () => {
    const { running } = await get().container('web');
    return good.find(system => system !== running) as string;
  };

  for (const step of [
    'root',
    'write',
    'commit',
    'job-asked',
    'job-ended',
    'remember',
    'verdict',
    'keep-good',
  ] as const) {
    it(`after "${step}" of an update by restart finishes it, with one start`, async () => {
      const scenario = get();
      const { host, settle, container } = scenario;
      // Units too, so that there are files other than the .nspawn file to write.
      await scenario.declare('web', {
        activation: ACTIVATION,
        limits: step === 'write' ? { TasksMax: 999 } : {},
      });
      await settle('web');
      await dieAfter(scenario, step);
      const next = await other();
      if (step === 'write') await scenario.declare('web', { activation: ACTIVATION });
      const starts = await startsDuring(scenario, async () => {
        await host.setProfile('web', next);
        expect(await settle('web')).toBe(0);
      });
      expect(await died(scenario)).toBe(true);
      expect(starts).toBe(1);
      expect(await container('web')).toMatchObject({
        state: 'running',
        booted: next,
        running: next,
        lastGood: next,
      });
      await tidy(scenario);
    });
  }

  for (const [step, kind] of [
    ['verdict', 'failing'],
    ['quarantine', 'failing'],
    ['commit', 'failing'],
    ['condemned', 'dying'],
    ['failure-recorded', 'dying'],
    ['job-ended', 'dying'],
  ] as const) {
    it(`after "${step}" of an update that is ${kind} returns to what was good, once`, async () => {
      const scenario = get();
      const { host, settle, container } = scenario;
      const before = (await container('web')).running;
      const bad = kind === 'failing' ? failing : dying;
      await dieAfter(scenario, step);
      const starts = await startsDuring(scenario, async () => {
        await host.setProfile('web', bad);
        expect(await settle('web')).toBe(3);
      });
      expect(await died(scenario)).toBe(true);
      expect(await container('web')).toMatchObject({
        ...{ state: 'rolled-back', running: before, lastGood: before, quarantined: [bad] },
      });
      // systemd itself tries a dying one again until it is told not to: eight times at most.
      expect(starts).toBeLessThanOrEqual(kind === 'failing' ? 2 : 10);
      await tidy(scenario);
      await dieAfter(scenario, '');
      await host.setProfile('web', before);
      expect(await settle('web')).toBe(0);
      expect(await container('web')).toMatchObject({ state: 'running', quarantined: [] });
    });
  }

  for (const step of [
    'root',
    'commit',
    'switch-recorded',
    'switch-asked',
    'switch-ended',
    'verdict',
  ] as const) {
    it(`after "${step}" of a live switch finishes it, without a restart`, async () => {
      const scenario = get();
      const { host, declare, settle, container, versionIn } = scenario;
      await declare('web', { activation: { ...ACTIVATION, strategy: 'dynamic' } });
      await settle('web');
      await dieAfter(scenario, step);
      const next = await other();
      const starts = await startsDuring(scenario, async () => {
        await host.setProfile('web', next);
        expect(await settle('web')).toBe(0);
      });
      expect(await died(scenario)).toBe(true);
      expect(starts).toBe(0);
      expect(await container('web')).toMatchObject({ state: 'running', running: next, lastGood: next });
      expect(await versionIn('web')).toBe(next);
      await tidy(scenario);
    });
  }

  for (const step of ['hold', 'unhold', 'unroot'] as const) {
    it(`after "${step}" has the hold, or has not`, async () => {
      const scenario = get();
      const { host, settle, container } = scenario;
      await dieAfter(scenario, step);
      // The caller hears nothing of a daemon that died: what counts is what is on record.
      await host.run(['nspawnctl', 'hold', 'web'], { reject: false });
      await settle('web');
      expect((await container('web')).held).toBe(true);
      await host.run(['nspawnctl', 'unhold', 'web'], { reject: false });
      await settle('web');
      expect(await died(scenario)).toBe(true);
      expect((await container('web')).held).toBe(false);
      await tidy(scenario);
    });
  }

  for (const step of ['clean-up-files', 'clean-up-memory'] as const) {
    it(`after "${step}" of a container that is gone leaves nothing`, async () => {
      const scenario = get();
      const { host, declare, deploy, undeclare, settle } = scenario;
      await deploy('db', '1');
      await declare('db');
      expect(await settle('db')).toBe(0);
      await dieAfter(scenario, step);
      await undeclare('db');
      await settle();
      expect(await died(scenario)).toBe(true);
      const left = await host.sh(
        "find /run/systemd/nspawn /run/systemd/network /run/systemd/system /run/nspawnd /var/lib/nspawnd /var/lib/machines /nix/var/nix/gcroots/nspawnd -name '*db*' -not -path '*/.#*'",
      );
      expect(left).toBe('');
    });
  }
});
