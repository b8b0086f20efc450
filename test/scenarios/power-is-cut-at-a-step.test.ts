import { expect, it } from 'vitest';
import type { Step } from '../../src/reconcile/steps.ts';
import { COMPARE, mountLateDisks, unmountLateDisks } from './late-disk.ts';
import { actAtEachStep, arrival, standAfter, stepsOf, tidy } from './steps.ts';
import { type GuestKind, onEachSystemd } from './world.ts';

const ACTIVATION = { timeout: '20s' };
/** After these something else stands on the disk. */
const KEEPING: Step[] = ['keep-good', 'hold', 'unhold', 'condemned', 'unquarantine'];

onEachSystemd('power that is cut', get => {
  const build = (version: string, kind: GuestKind = 'tiny') =>
    get().host.guest({ name: 'web', version, kind });
  const running = async () => (await get().container('web')).running;

  /** Cuts the power when the daemon comes by a step in consequence of `work`; how the next boot settles. */
  const cutAt = async (step: Step, work: () => Promise<unknown>, meanwhile = ':'): Promise<number> => {
    const { host, settle } = get();
    await standAfter(get(), [step]);
    const working = work();
    expect(await arrival(get())).toBe(step);
    await host.sh(meanwhile);
    await host.reboot({ hard: true });
    await working;
    await host.waitForUnit('nspawnd.service', 'active');
    return settle('web');
  };
  /** Asks for something. Nothing is heard of it if the power goes. */
  const ask = (what: string) => get().host.spawn(['nspawnctl', what, 'web']).process;
  /** What the daemon of this boot has logged. */
  const log = () =>
    get().host.sh(
      'journalctl -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID nspawnd.service)',
    );

  it('leaves on the disk what the daemon goes by, with its roots', async () => {
    const scenario = get();
    const { host, deploy, declare, settle } = scenario;
    await mountLateDisks(host);
    await actAtEachStep(scenario, [...KEEPING, 'commit', 'job-asked', 'root'], '');
    const set = async (system: string, exitCode = 0) => {
      await host.setProfile('web', system);
      expect(await settle('web')).toBe(exitCode);
    };
    const steps = await stepsOf(scenario, COMPARE, async () => {
      // Without a bus from the first one on: a system that had one is followed only by others that have.
      await deploy('web', '1', 'tiny');
      await declare('web', { activation: ACTIVATION });
      await host.run(['systemctl', 'start', 'nspawnd']);
      expect(await settle('web')).toBe(0);
      const good = await build('2');
      await set(good);
      await ask('hold');
      await ask('unhold');
      await set(await build('bad', 'dies-at-once'), 3);
      await set(good);
    });
    expect(steps).toEqual(expect.arrayContaining(KEEPING));
    await host.run(['systemctl', 'stop', 'nspawnd', 'act-at-each-step']);
    await unmountLateDisks(host);
    await standAfter(scenario, []);
    await host.run(['systemctl', 'enable', '--now', 'nspawnd']);
    expect(await settle('web')).toBe(0);
  });

  for (const step of ['commit', 'job-asked', 'keep-good'] as const) {
    it(`at "${step}" of an update has it done by the next boot`, async () => {
      const scenario = get();
      const next = await build(`at-${step}`);
      expect(await cutAt(step, () => scenario.host.setProfile('web', next))).toBe(0);
      expect(await scenario.container('web')).toMatchObject({
        ...{ state: 'running', booted: next, running: next, lastGood: next, quarantined: [] },
      });
      await tidy(scenario);
    });
  }

  it('while what is to be kept is being written does no more than forget what was good', async () => {
    const scenario = get();
    const { host, container } = scenario;
    const next = await build('damaged');
    const torn = `
      cd /var/lib/nspawnd; head -c 100 web.json >torn; cat torn >web.json; mv torn .other.json.nspawnd~
      ln -s ${await running()} /nix/var/nix/gcroots/nspawnd/web/desired.new`;
    expect(await cutAt('commit', () => host.setProfile('web', next), torn)).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next, lastGood: next });
    expect(await log()).toMatch(/"level":40.*web\.json is damaged, and kept as .*web\.json\.damaged/);
    await host.run(['rm', '/var/lib/nspawnd/web.json.damaged']);
    await tidy(scenario);
  });

  for (const [step, kind] of [
    ['condemned', 'dies-at-once'],
    ['quarantine', 'failing-unit'],
  ] as const) {
    it(`at "${step}" of what is bad has the next boot begin with what was good`, async () => {
      const scenario = get();
      const { host, container, settle } = scenario;
      const good = await running();
      const bad = await build(kind, kind);
      expect(await cutAt(step, () => host.setProfile('web', bad))).toBe(3);
      expect(await container('web')).toMatchObject({
        ...{ state: 'rolled-back', running: good, lastGood: good, quarantined: [bad] },
      });
      expect(await log()).not.toMatch(new RegExp(`"action":"(re)?start".*"to":"${bad}"`));
      await tidy(scenario);
      await host.setProfile('web', good);
      expect(await settle('web')).toBe(0);
    });
  }

  it('at "switch-ended" of a live switch has the next boot begin with that system', async () => {
    const scenario = get();
    const { host, declare, container, deploy, settle } = scenario;
    await deploy('web', 'before-switch', 'healthy');
    await settle('web');
    await declare('web', { activation: { ...ACTIVATION, strategy: 'dynamic' } });
    expect(await settle('web')).toBe(0);
    const next = await build('switched-to', 'healthy');
    expect(await cutAt('switch-ended', () => host.setProfile('web', next))).toBe(0);
    const web = { state: 'running', booted: next, running: next, lastGood: next };
    expect(await container('web')).toMatchObject(web);
    await tidy(scenario);
  });

  it('at "hold" and "unhold" leaves the hold, or none', async () => {
    const scenario = get();
    const { host, declare, container, settle } = scenario;
    await declare('web', { activation: ACTIVATION });
    expect(await settle('web')).toBe(0);
    const held = await running();
    expect(await cutAt('hold', () => ask('hold'))).toBe(0);
    const next = await build('after-hold', 'healthy');
    await host.setProfile('web', next);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'held', running: held, desired: next });
    await tidy(scenario);
    expect(await cutAt('unhold', () => ask('unhold'))).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', held: false, running: next });
    await tidy(scenario);
  });

  it('at "clean-up-files" of a container that is gone leaves nothing of it', async () => {
    const { host, undeclare, settle } = get();
    await cutAt('clean-up-files', () => undeclare('web'));
    expect(await settle()).toBe(0);
    const left = await host.sh(
      "find /run/systemd/nspawn /run/nspawnd /var/lib/nspawnd /var/lib/machines /nix/var/nix/gcroots/nspawnd -name '*web*' -not -path '*/.#*' 2>/dev/null || :",
    );
    expect(left).toBe('');
  });
});
