import { expect, it } from 'vitest';
import type { SignalWatch } from '../host/index.ts';
import { Gate, PROBE, PROBE_GATE } from './gate.ts';
import { onEachSystemd, type Scenario } from './world.ts';

const NSPAWN1 = { sender: 'org.nixos.nspawn1' };
const SYSTEMD = { sender: 'org.freedesktop.systemd1' };
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** What begins and ends, from signals: the most that was under way at once, and how often each began. */
function roll(
  watch: SignalWatch,
  event: (signal: SignalWatch['seen'][number]) => [string, boolean] | undefined,
) {
  const underWay = new Set<string>();
  const began: string[] = [];
  let most = 0;
  for (const signal of watch.seen) {
    const [name, begins] = event(signal) ?? [];
    if (name === undefined) continue;
    if (begins) {
      underWay.add(name);
      began.push(name);
    } else underWay.delete(name);
    most = Math.max(most, underWay.size);
  }
  return { began: began.toSorted(), most };
}

const machineOf = (unit: unknown) => /^systemd-nspawn@(.+)\.service$/.exec(String(unit))?.[1];

/** Jobs of PID 1. */
const jobs = (watch: SignalWatch) =>
  roll(watch, ({ member, body }) => {
    const name = machineOf(body[2]);
    if (name === undefined || (member !== 'JobNew' && member !== 'JobRemoved')) return undefined;
    return [name, member === 'JobNew'];
  });

/** Machines that are not active. */
const down = (watch: SignalWatch) =>
  roll(watch, ({ member, path, body }) => {
    const name = /\/systemd_2dnspawn_40([a-z]+)_2eservice$/.exec(path)?.[1];
    const state = member === 'PropertiesChanged' && (body[1] as Record<string, unknown>).ActiveState;
    return name === undefined || !state ? undefined : [name, state !== 'active'];
  });

const updates = (watch: SignalWatch) =>
  roll(watch, ({ member, body }) => {
    if (member !== 'UpdateStarted' && member !== 'UpdateFinished') return undefined;
    return [String(body[0]), member === 'UpdateStarted'];
  });

async function flip({ host }: Scenario, targets: Record<string, string>): Promise<void> {
  const links = Object.entries(targets).map(([name, system]) => `ln -sfn ${system} ${name}`);
  await host.sh(`cd /nix/var/nix/profiles; ${links.join('; ')}`);
}

const all = (system: string) => Object.fromEntries(NAMES.map(name => [name, system]));

async function configure({ host }: Scenario, settings: object): Promise<void> {
  await host.write('/etc/nspawnd/nspawnd.json', JSON.stringify(settings));
}

onEachSystemd('many updates at once', get => {
  const systems: string[] = [];
  let bad = '';

  it('begins with machines that were started two at a time, as many as may', async () => {
    const scenario = get();
    const { host, declare, settle } = scenario;
    for (const version of ['1', '2', '3', '4'])
      systems.push(await host.guest({ name: 'many', version, kind: 'tiny' }));
    bad = await host.guest({ name: 'many', version: 'bad', kind: 'dies-at-once' });
    await configure(scenario, { parallel: 2 });
    await flip(scenario, all(systems[0] as string));
    for (const name of NAMES) await declare(name, { network: { veth: { enable: false } } });
    using watch = await host.watchSignals(SYSTEMD);
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle()).toBe(0);
    expect(jobs(watch)).toEqual({ began: NAMES, most: 2 });
  });

  it('are done two at a time, each once', async () => {
    const scenario = get();
    const { host, settle, container } = scenario;
    using watch = await host.watchSignals(SYSTEMD);
    await flip(scenario, all(systems[1] as string));
    expect(await settle()).toBe(0);
    expect(jobs(watch)).toEqual({ began: NAMES, most: 2 });
    for (const name of NAMES) expect((await container(name)).running).toBe(systems[1]);
  });

  it('are done as the settings say that were read again, also while they wait', async () => {
    const scenario = get();
    const { host, settle } = scenario;
    using watch = await host.watchSignals(SYSTEMD);
    await configure(scenario, { parallel: 1 });
    await host.run(['systemctl', 'reload', 'nspawnd']);
    await flip(scenario, all(systems[2] as string));
    expect(await settle()).toBe(0);
    expect(jobs(watch)).toEqual({ began: NAMES, most: 1 });

    await configure(scenario, { parallel: 0 });
    const refused = await host.run(['nspawnctl', 'reload'], { reject: false });
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining('parallel: must be a whole'),
    ]);

    await configure(scenario, { parallel: 8 });
    const before = watch.seen.length;
    await flip(scenario, all(systems[3] as string));
    await watch.next(({ member }) => member === 'JobNew');
    await host.run(['nspawnctl', 'reload']);
    expect(await settle()).toBe(0);
    const { began, most } = jobs({ ...watch, seen: watch.seen.slice(before) });
    expect(began).toEqual(NAMES);
    expect(most).toBeGreaterThan(3);
  });

  it('wait for the last word on each other where only one may be down', async () => {
    const scenario = get();
    const { host, settle } = scenario;
    await configure(scenario, { parallel: 4, maxDown: 1 });
    await host.run(['nspawnctl', 'reload']);
    using watch = await host.watchSignals(SYSTEMD);
    using words = await host.watchSignals(NSPAWN1);
    await flip(scenario, all(systems[0] as string));
    expect(await settle()).toBe(0);
    expect(updates(words)).toEqual({ began: NAMES, most: 1 });
    expect(jobs(watch)).toEqual({ began: NAMES, most: 1 });
    expect(down(watch).most).toBe(1);
  });

  it('wait also for one that fails until it has been rolled back', async () => {
    const scenario = get();
    const { host, settle, container } = scenario;
    using watch = await host.watchSignals(SYSTEMD);
    using words = await host.watchSignals(NSPAWN1);
    await flip(scenario, { ...all(systems[1] as string), b: bad });
    expect(await settle()).toBe(3);
    expect(updates(words)).toEqual({ began: NAMES, most: 1 });
    expect(down(watch).most).toBe(1);
    expect(await container('b')).toMatchObject({ state: 'rolled-back', running: systems[0] });
    expect(await container('f')).toMatchObject({ state: 'running', running: systems[1] });
  });

  it('wait also for one that a daemon that was killed had begun', async () => {
    const scenario = get();
    const { host, declare, deploy, settle } = scenario;
    const gate = await Gate.make(host, 'web');
    await deploy('web', '1');
    await declare('web', { binds: gate.bind, activation: { probe: PROBE } });
    expect(await settle('web')).toBe(0);
    await deploy('web', '2', 'healthy', { etc: PROBE_GATE });
    await gate.reached();
    using words = await host.watchSignals(NSPAWN1);
    await host.kill('nspawnd.service');
    // The probe of the daemon that died goes with it; this is that of the next one.
    await gate.reached();
    await flip(scenario, { a: systems[0] as string });
    const { path } = await words.next(changesState('updating'));
    await gate.open();
    for (const name of ['web', 'a']) expect(await settle(name)).toBe(0);
    expect(path).toBe('/org/nixos/nspawn1/container/a');
    const judged = words.seen.findIndex(
      signal => changesState('running')(signal) && signal.path === '/org/nixos/nspawn1/container/web',
    );
    const begun = words.seen.findIndex(({ member }) => member === 'UpdateStarted');
    expect(judged).toBeGreaterThan(-1);
    expect(begun).toBeGreaterThan(judged);
  });
});

function changesState(to: string) {
  return ({ member, body }: SignalWatch['seen'][number]) =>
    member === 'PropertiesChanged' && (body[1] as Record<string, unknown>).State === to;
}
