import { expect, it } from 'vitest';
import { dieAfter, died, startsDuring, tidy } from './steps.ts';
import { onEachSystemd } from './world.ts';

const ACTIVATION = { timeout: '15s' };

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
