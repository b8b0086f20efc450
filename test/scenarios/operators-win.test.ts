import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const UNIT = 'systemd-nspawn@web.service';

onEachSystemd('an operator', get => {
  it('begins with a running machine', () => get().begin());

  for (const stop of [
    ['machinectl', 'poweroff', 'web'],
    ['systemctl', 'stop', UNIT],
    ['machinectl', 'terminate', 'web'],
  ]) {
    it(`who says "${stop.join(' ')}" finds it stopped, also after an update and a restart of the daemon`, async () => {
      const { host, deploy, settle, container } = get();
      await host.run(stop);
      await host.waitForUnit(UNIT, 'inactive');
      await settle('web');
      const { state, reason } = await container('web');
      expect([state, reason]).toEqual(['stopped', expect.stringContaining('stopped from outside')]);

      await deploy('web', `after ${stop[1]}`.replaceAll(' ', '-'));
      await host.run(['systemctl', 'restart', 'nspawnd']);
      await settle('web');
      expect(await container('web')).toMatchObject({ state: 'stopped' });
      await host.waitForUnit(UNIT, 'inactive');

      await host.run(['machinectl', 'start', 'web']);
      await settle('web');
      const started = await container('web');
      expect(started).toMatchObject({ state: 'running', booted: started.desired });
    });
  }

  it('who stops a guest that hears nothing finds it stopped, though it had to be killed', async () => {
    const { host, settle, container } = get();
    const dropIn = `/run/systemd/system/${UNIT}.d/60-test.conf`;
    await host.write(dropIn, '[Service]\nTimeoutStopSec=1s\n');
    await host.run(['systemctl', 'daemon-reload']);
    const leader = Number((await host.run(['machinectl', 'show', '-P', 'Leader', 'web'])).stdout);
    await host.kill(leader, 'STOP');
    await host.run(['systemctl', 'stop', UNIT]);
    await host.waitForUnit(UNIT, 'failed');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({
      ...{ state: 'stopped', reason: expect.stringContaining('stopped from outside'), quarantined: [] },
    });
    await host.sh(`rm ${dropIn}; systemctl daemon-reload`);
    await host.run(['nspawnctl', 'start', 'web']);
    expect(await container('web')).toMatchObject({ state: 'running' });
  });

  it('may stop and start it with nspawnctl', async () => {
    const { host, settle, container } = get();
    await host.run(['nspawnctl', 'stop', 'web']);
    await host.waitForUnit(UNIT, 'inactive');
    expect(await container('web')).toMatchObject({ state: 'stopped', reason: 'stopped on request' });
    await host.run(['systemctl', 'restart', 'nspawnd']);
    await settle('web');
    expect(await container('web')).toMatchObject({ state: 'stopped', reason: 'stopped on request' });
    await host.run(['nspawnctl', 'start', 'web']);
    expect(await container('web')).toMatchObject({ state: 'running' });
  });

  it('may reboot the guest from within', async () => {
    const { host, comesBackAfter } = get();
    await comesBackAfter(() => host.run(['systemd-run', '-M', 'web', '-q', 'systemctl', 'reboot']));
  });

  it('finds it back after its init was killed', async () => {
    const { host, comesBackAfter } = get();
    const leader = Number((await host.run(['machinectl', 'show', '-P', 'Leader', 'web'])).stdout);
    await comesBackAfter(() => host.kill(leader, 'KILL'));
  });

  it('finds it back after systemd-nspawn itself was killed', async () => {
    const { host, comesBackAfter } = get();
    await comesBackAfter(() => host.kill(UNIT, 'KILL'));
  });

  it('finds it back, and registered, when systemd-machined had been restarted before that', async () => {
    const { host, container, comesBackAfter } = get();
    await host.run(['systemctl', 'restart', 'systemd-machined']);
    await comesBackAfter(() => host.kill(UNIT, 'KILL'));
    expect(await container('web')).toMatchObject({ state: 'running', guestState: 'running' });
    await host.run(['machinectl', 'status', 'web']);
  });
});
