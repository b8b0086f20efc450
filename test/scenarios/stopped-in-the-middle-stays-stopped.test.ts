import type { Readable } from 'node:stream';
import { beforeAll, expect, it } from 'vitest';
import { AT_GATE, BOOT_GATE, Gate, PROBE, PROBE_GATE } from './gate.ts';
import { arrival, standAfter } from './steps.ts';
import { type GuestExtra, onEachSystemd } from './world.ts';

const UNIT = 'systemd-nspawn@web.service';
const FROM_OUTSIDE = 'stopped from outside';
const ON_REQUEST = 'stopped on request';
const BOOTS_AT_GATE = { units: BOOT_GATE };
const ASKED_AT_GATE = { etc: PROBE_GATE };
/** A guest that waits at the gate when it shuts down. */
const STOPS_AT_GATE = {
  units: {
    'gate.service': `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/bin/sh -c '${AT_GATE.replaceAll('$', '$$$$')}'\n`,
  },
};

const POWEROFF = ['machinectl', 'poweroff', 'web'];
const STOP = ['systemctl', 'stop', UNIT];
const TERMINATE = ['machinectl', 'terminate', 'web'];
const OURS = ['nspawnctl', 'stop', 'web'];
const OF_ITSELF = ['systemctl', 'poweroff'];
const WAYS = [POWEROFF, OF_ITSELF, STOP, TERMINATE, OURS];

onEachSystemd('stopped in the middle of an update, a machine', get => {
  let gate: Gate;
  let versions = 0;
  beforeAll(async () => {
    gate = await Gate.make(get().host, 'web');
  });

  const update = (extra: GuestExtra) => get().deploy('web', String(++versions), 'healthy', extra);
  const bad = () => get().deploy('web', String(++versions), 'dies-at-once');
  const wayOf = (way: string[]) => (way === OF_ITSELF ? 'by its own poweroff' : `by "${way.join(' ')}"`);

  /** In systemd 257 machined does not get its way against the start job, and may say so: the guest boots on. */
  const isDeaf = (way: string[]) => way === TERMINATE && get().host.suite === 'trixie';

  async function stop(way: string[]): Promise<void> {
    if (way === OF_ITSELF) await gate.open(way.join(' '));
    else await get().host.run(way, { reject: !isDeaf(way) });
  }

  async function isStopped(why: string, quarantined: string[] = []): Promise<void> {
    const { host, settle, container } = get();
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({
      ...{ state: 'stopped', reason: expect.stringContaining(why), quarantined },
    });
    await host.waitForUnit(UNIT, 'inactive');
  }

  /** By somebody, with the guest coming by the gate. */
  async function startsWith(expected: object, start = ['nspawnctl', 'start', 'web']): Promise<void> {
    const { host, settle, container } = get();
    const started = host.run(start);
    await gate.reached();
    await gate.open();
    await started;
    expect(await settle('web')).toBe('quarantined' in expected ? 3 : 0);
    expect(await container('web')).toMatchObject(expected);
  }

  async function bootsOn(expected: object): Promise<void> {
    const { settle, container } = get();
    await gate.open();
    expect(await settle('web')).toBe('quarantined' in expected ? 3 : 0);
    expect(await container('web')).toMatchObject(expected);
  }

  it('that was not, but whose init just exits, is not taken for stopped', async () => {
    const { begin, settle, container } = get();
    await begin({ binds: gate.bind, activation: { timeout: '60s', probe: PROBE } });
    const next = await update({ activation: 'echo Powering up.; exit 0' });
    expect(await settle('web')).toBe(3);
    expect(await container('web')).toMatchObject({ state: 'rolled-back', quarantined: [next] });
  });

  for (const way of WAYS) {
    it(`stays so while the new system boots, ${wayOf(way)}`, async () => {
      const next = await update(BOOTS_AT_GATE);
      const running = { state: 'running', running: next, lastGood: next };
      await gate.reached();
      await stop(way);
      if (isDeaf(way)) return bootsOn(running);
      await isStopped(way === OURS ? ON_REQUEST : FROM_OUTSIDE);
      await startsWith(running);
    });
  }

  it('stays so over an update and a restart of the daemon', async () => {
    const { host } = get();
    await update(BOOTS_AT_GATE);
    await gate.reached();
    await stop(POWEROFF);
    await isStopped(FROM_OUTSIDE);
    const next = await update(BOOTS_AT_GATE);
    await isStopped(FROM_OUTSIDE);
    await host.run(['systemctl', 'restart', 'nspawnd']);
    await isStopped(FROM_OUTSIDE);
    await startsWith({ state: 'running', running: next, lastGood: next }, ['machinectl', 'start', 'web']);
  });

  it('stays so where the daemon was dead then', async () => {
    const { host } = get();
    const next = await update(BOOTS_AT_GATE);
    await gate.reached();
    await host.run(['systemctl', 'stop', 'nspawnd']);
    await stop(POWEROFF);
    await host.waitForUnit(UNIT, 'failed');
    await host.run(['systemctl', 'start', 'nspawnd']);
    await isStopped(FROM_OUTSIDE);
    await startsWith({ state: 'running', running: next, lastGood: next });
  });

  for (const way of WAYS) {
    it(`stays so while the last good system boots, ${wayOf(way)}`, async () => {
      const { lastGood } = await get().container('web');
      const quarantined = [await bad()];
      const back = { state: 'rolled-back', running: lastGood, lastGood, quarantined };
      await gate.reached();
      await stop(way);
      if (isDeaf(way)) return bootsOn(back);
      await isStopped(way === OURS ? ON_REQUEST : FROM_OUTSIDE, quarantined);
      await startsWith(back);
    });
  }

  for (const way of WAYS) {
    it(`stays so while the new system is asked how it is, ${wayOf(way)}`, async () => {
      const next = await update(ASKED_AT_GATE);
      await gate.reached();
      await stop(way);
      await isStopped(way === OURS ? ON_REQUEST : FROM_OUTSIDE);
      await startsWith({ state: 'running', running: next, lastGood: next });
    });
  }

  for (const way of [POWEROFF, TERMINATE, OURS]) {
    it(`stays so while the last good system is asked how it is, ${wayOf(way)}`, async () => {
      const { lastGood } = await get().container('web');
      const quarantined = [await bad()];
      await gate.reached();
      await stop(way);
      await isStopped(way === OURS ? ON_REQUEST : FROM_OUTSIDE, quarantined);
      await startsWith({ state: 'rolled-back', running: lastGood, lastGood, quarantined });
    });
  }

  it('is stopped for everybody who asks for it meanwhile', async () => {
    const { host, settle } = get();
    await update(STOPS_AT_GATE);
    expect(await settle('web')).toBe(0);
    await using monitor = host.spawn(['busctl', 'monitor', '--match=member=Stop']);
    await seen(monitor.process.stderr, 'Monitoring');
    const asked = seen(monitor.process.stdout, 'Member=Stop', 3);
    const first = host.run(OURS);
    await gate.reached();
    const others = [host.run(OURS), host.run(OURS)];
    await asked;
    await gate.open();
    await Promise.all([first, ...others]);
    await isStopped(ON_REQUEST);
  });

  it('stays so when it was stopped before the daemon had a look, for the first time and in a rollback', async () => {
    const { host, settle, container, deploy, declare } = get();
    const go = () => host.sh(': >/run/nspawnd/go');
    await standAfter(get(), ['job-ended']);
    await deploy('fresh', '1');
    await declare('fresh');
    expect(await arrival(get())).toBe('job-ended');
    await host.run(['systemctl', 'stop', 'systemd-nspawn@fresh.service']);
    await go();
    expect(await settle('fresh')).toBe(0);
    expect(await container('fresh')).toMatchObject({ state: 'stopped' });
    await host.waitForUnit('systemd-nspawn@fresh.service', 'inactive');

    await update({});
    const started = host.run(['nspawnctl', 'start', 'web']);
    expect(await arrival(get())).toBe('job-ended');
    await go();
    await started;
    const quarantined = [await bad()];
    for (const _ of ['of the bad one', 'of the last good one']) {
      expect(await arrival(get())).toBe('job-ended');
      if (_ !== 'of the bad one') await stop(STOP);
      await go();
    }
    await isStopped(FROM_OUTSIDE, quarantined);
  });
});

/** Resolves when a stream has had some text so many times. */
async function seen(stream: Readable, text: string, times = 1): Promise<void> {
  let all = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    all += String(chunk);
    if (all.split(text).length > times) return;
  }
  throw new Error(`ended without ${text}: ${all}`);
}
