import { expect, it } from 'vitest';
import { collectAtEachStep, collectedDuring, leftOf } from './garbage.ts';
import { startsDuring, tidy } from './steps.ts';
import { type GuestExtra, type GuestKind, onEachSystemd } from './world.ts';

const ACTIVATION = { timeout: '20s' };
const GATED = { activation: ACTIVATION, binds: { '/gate': { hostPath: '/srv/gate' } } };
const REACHED = ['job-asked', 'job-ended', 'root', 'remember', 'verdict'];
const UPDATE = ['root', 'commit', ...REACHED, 'keep-good', 'root'];
const UNIT = 'systemd-nspawn@web.service';

onEachSystemd('garbage that is collected at each step', get => {
  /** Another system, kept by nothing but a root of the test. */
  const build = async (version: string, kind: GuestKind = 'tiny', extra: GuestExtra = {}) => {
    const { host } = get();
    const system = await host.guest({ name: 'web', version, kind, extra });
    await host.run(['ln', '-sfn', system, '/nix/var/nix/gcroots/kept']);
    return system;
  };
  /** To be done when the daemon has nothing to do: it would be between two steps, and the profile out of the way. */
  const flip = async (system: string, exitCode = 0) => {
    const { host, settle } = get();
    await host.sh(`nix-env -p /nix/var/nix/profiles/web --set ${system}; rm -f /nix/var/nix/gcroots/kept`);
    expect(await settle('web')).toBe(exitCode);
  };
  const running = async () => (await get().container('web')).running;

  it('of a first start takes nothing of it', async () => {
    const scenario = get();
    const { host, declare, container, settle } = scenario;
    await collectAtEachStep(scenario);
    await host.run(['systemctl', 'start', 'nspawnd']);
    await declare('web', { activation: ACTIVATION });
    expect(await settle('web')).toBe(3);
    const first = await build('1');
    const steps = await collectedDuring(scenario, () => flip(first));
    const files = ['make-template', 'write', 'write', 'reload'];
    expect(steps).toEqual(['root', ...files, 'commit', ...REACHED, 'keep-good', 'root']);
    expect(await container('web')).toMatchObject({ state: 'running', booted: first });
    await tidy(scenario);
  });

  it('of an update by restart takes nothing of it, and what it supersedes in the end', async () => {
    const scenario = get();
    const old = await running();
    const next = await build('2');
    let steps: string[] = [];
    const starts = await startsDuring(scenario, async () => {
      steps = await collectedDuring(scenario, () => flip(next));
    });
    expect(steps).toEqual(UPDATE);
    expect(starts).toBe(1);
    expect(await scenario.container('web')).toMatchObject({ state: 'running', booted: next, lastGood: next });
    await tidy(scenario);
    expect(await leftOf(scenario, old, next)).toEqual([next]);
  });

  it('of an update to what dies at once leaves what it returns to', async () => {
    const scenario = get();
    const good = await running();
    const bad = await build('dying', 'dies-at-once');
    const steps = await collectedDuring(scenario, () => flip(bad, 3));
    expect(steps).toEqual(expect.arrayContaining(['condemned', 'failure-recorded', ...REACHED]));
    expect(await scenario.container('web')).toMatchObject({
      ...{ state: 'rolled-back', running: good, lastGood: good, quarantined: [bad] },
    });
    await tidy(scenario);
    await flip(good);
    expect(await leftOf(scenario, good, bad)).toEqual([good]);
  });

  it('of a machine that is down takes nothing that a start would need', async () => {
    const scenario = get();
    const { host, settle, container } = scenario;
    await host.run(['machinectl', 'poweroff', 'web']);
    await host.waitForUnit(UNIT, 'inactive');
    await settle('web');
    const good = await running();
    const unstarted = await build('unstarted');
    await flip(unstarted);
    const next = await build('3');
    expect(await collectedDuring(scenario, () => flip(next))).toEqual(['root', 'commit', 'unroot']);
    await host.run(['systemctl', 'start', UNIT]);
    await settle('web');
    expect(await container('web')).toMatchObject({ state: 'running', booted: next, lastGood: next });
    await tidy(scenario);
    expect(await leftOf(scenario, good, unstarted, next)).toEqual([next]);
  });

  it('of a machine that is held, rolled back or let go leaves what that takes', async () => {
    const scenario = get();
    const { host, container, settle } = scenario;
    const ctl = (...args: string[]) => host.run(['nspawnctl', ...args, 'web']);
    const held = await running();
    expect(await collectedDuring(scenario, () => ctl('hold'))).toEqual(['root', 'hold']);
    const next = await build('4');
    await flip(next);
    expect(await leftOf(scenario, held, next)).toEqual([held, next]);
    const given = await host.guest({ name: 'web', version: 'given', kind: 'tiny' });
    const rollback = await collectedDuring(scenario, () => host.run(['nspawnctl', 'rollback', 'web', given]));
    expect(rollback).toEqual(['root', 'hold', 'commit', ...REACHED]);
    expect(await container('web')).toMatchObject({ state: 'held', running: given });
    expect(await collectedDuring(scenario, () => ctl('unhold').then(() => settle('web')))).toEqual(
      expect.arrayContaining(['unhold', 'commit', 'unroot', ...REACHED]),
    );
    expect(await container('web')).toMatchObject({ state: 'running', running: next, lastGood: next });
    await tidy(scenario);
    expect(await leftOf(scenario, held, given, next)).toEqual([next]);
  });

  it('of an update whose profile goes midway leaves both, and the way back', async () => {
    const scenario = get();
    const { host, container } = scenario;
    const good = await running();
    const next = await build('5');
    const gone = 'if [ $1 = commit ]; then rm -f $profiles/web*; fi; [ $1 = planned ] || collect';
    await collectedDuring(scenario, () => flip(next, 3), gone);
    expect(await container('web')).toMatchObject({ state: 'waiting', running: next, lastGood: good });
    expect(await leftOf(scenario, good, next)).toEqual([good, next]);
    await collectedDuring(scenario, () => host.run(['nspawnctl', 'rollback', 'web']));
    expect(await container('web')).toMatchObject({ state: 'held', running: good });
    await host.run(['nspawnctl', 'unhold', 'web']);
    await flip(await build('6'));
  });

  it('before a system had its root leaves the machine alone', async () => {
    const scenario = get();
    const { host, container, invocation } = scenario;
    const [before, good] = [await invocation('web'), await running()];
    const next = await build('vanishing');
    await collectedDuring(
      scenario,
      () => flip(next, 3),
      '[ $1 != planned ] || ! first planned || { hide; nix-collect-garbage -d; show; } >/dev/null 2>&1',
    );
    const web = await container('web');
    expect(web).toMatchObject({ state: 'waiting', running: good });
    expect(web.reason).toContain(`${next} does not exist`);
    expect(await invocation('web')).toBe(before);
    expect(await host.journal('nspawnd')).not.toMatch(/"level":50.*vanishing/);
  });

  it('and had looked for roots before a system had its own hears of it', async () => {
    const scenario = get();
    const next = await build('7');
    const starts = await startsDuring(scenario, async () => {
      await collectedDuring(
        scenario,
        () => flip(next),
        `case $1 in
          planned)
            if first planned; then
              hide; mkfifo /run/looked; _NIX_TEST_GC_SYNC_2=/run/looked nix-store --gc >/run/collection 2>&1 &
              collector=$!; exec 3>/run/looked; show
            fi ;;
          commit) exec 3>&-; wait $collector; nix-store --check-validity ${next} 2>>/run/faults || : ;;
        esac`,
      );
    });
    expect(starts).toBe(1);
    expect(await scenario.container('web')).toMatchObject({ state: 'running', booted: next, lastGood: next });
  });

  it('of a system that boots while the daemon is killed and the profile goes on leaves it', async () => {
    const scenario = get();
    const { host, declare, container, settle } = scenario;
    await host.sh('mkdir -p /srv/gate; mkfifo /srv/gate/go');
    await declare('web', GATED);
    expect(await settle('web')).toBe(0);
    const slow = await build('slow', 'healthy', { activation: 'read go </gate/go' });
    const next = await host.guest({ name: 'web', version: '8', kind: 'tiny' });
    await host.run(['ln', '-s', next, '/nix/var/nix/gcroots/later']);
    await collectedDuring(
      scenario,
      () => flip(slow),
      `case $1 in
        planned) ;;
        job-asked)
          if first job-asked; then
            nix-env -p $profiles/web --set ${next}; rm /nix/var/nix/gcroots/later
            kill -KILL $(systemctl show -P MainPID nspawnd)
            return 1
          fi ;;
        root)
          collect
          if [ -e /run/first/job-asked ] && first root; then echo go >/srv/gate/go; fi ;;
        *) collect ;;
      esac`,
    );
    expect(await container('web')).toMatchObject({ state: 'running', booted: next, lastGood: next });
    await tidy(scenario);
  });

  it('of an update that is judged bad leaves what it returns to', async () => {
    const scenario = get();
    const { container } = scenario;
    const good = await running();
    const bad = await build('failing', 'failing-unit');
    const starts = await startsDuring(scenario, async () => {
      const steps = await collectedDuring(scenario, () => flip(bad, 3));
      expect(steps).toEqual(['root', 'commit', ...REACHED, 'quarantine', 'commit', ...REACHED]);
    });
    expect(starts).toBe(2);
    expect(await container('web')).toMatchObject({
      ...{ state: 'rolled-back', running: good, lastGood: good, quarantined: [bad] },
    });
    await tidy(scenario);
  });

  it('of live switches leaves what was booted until the guest reboots', async () => {
    const scenario = get();
    const { host, declare, settle, container, comesBackAfter } = scenario;
    await flip(await build('9', 'healthy'));
    await declare('web', { ...GATED, activation: { ...ACTIVATION, strategy: 'dynamic' } });
    expect(await settle('web')).toBe(0);
    const booted = await running();
    let between = '';
    let next = '';
    const starts = await startsDuring(scenario, async () => {
      between = await build('10', 'healthy');
      const steps = await collectedDuring(scenario, () => flip(between));
      const switched = ['switch-recorded', 'switch-asked', 'switch-ended', 'root', 'verdict'];
      expect(steps).toEqual(['root', 'commit', ...switched, 'keep-good', 'root']);
      next = await build('11', 'healthy');
      await collectedDuring(scenario, () => flip(next));
    });
    expect(starts).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', booted, running: next, lastGood: next });
    await tidy(scenario);
    expect(await leftOf(scenario, booted, between, next)).toEqual([booted, next]);
    await collectedDuring(scenario, () =>
      comesBackAfter(() => host.run(['systemd-run', '-M', 'web', '-q', 'systemctl', 'reboot'])),
    );
    expect(await container('web')).toMatchObject({ booted: next, running: next });
    await tidy(scenario);
    expect(await leftOf(scenario, booted, next)).toEqual([next]);
  });

  it('of a container that is gone takes all of it in the end', async () => {
    const scenario = get();
    const { host, undeclare, settle } = scenario;
    const last = await running();
    const steps = await collectedDuring(scenario, async () => {
      await undeclare('web');
      await host.waitForUnit(UNIT, 'inactive');
      await settle();
    });
    expect(steps).toEqual(['clean-up-files', 'clean-up-memory', 'reload']);
    await host.sh('rm /nix/var/nix/profiles/web*; test ! -e /nix/var/nix/gcroots/nspawnd/web');
    expect(await leftOf(scenario, last)).toEqual([]);
  });
});
