import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const UNIT = 'systemd-nspawn@web.service';
/** In a guest that is slow to answer: says that it runs, and goes on when it is told to. */
const GATE = 'test ! -e /etc/slow || { echo up >/gate/up; read go </gate/go; }';
const DECLARATION = {
  binds: { '/gate': { hostPath: '/srv/gate' } },
  activation: { timeout: '60s', probe: { command: ['/bin/sh', '-c', GATE], timeout: '50s' } },
};

onEachSystemd('while it is asked how it is', get => {
  const probed = () => get().host.run(['cat', '/srv/gate/up']);
  const answers = () => get().host.sh('echo go >/srv/gate/go');
  /** A new version whose probe runs. */
  async function onTrial(version: string): Promise<string> {
    const next = await get().deploy('web', version, 'healthy', { etc: { slow: '' } });
    await probed();
    return next;
  }

  it('begins with a good system', async () => {
    const { host, begin } = get();
    await host.sh('mkdir /srv/gate; mkfifo /srv/gate/up /srv/gate/go');
    await begin(DECLARATION);
  });

  it('a guest that is powered off stays so, and its system is not condemned', async () => {
    const { host, settle, container } = get();
    const next = await onTrial('2');
    await host.run(['machinectl', 'poweroff', 'web']);
    await host.waitForUnit(UNIT, 'inactive');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'stopped', quarantined: [] });

    const start = host.run(['nspawnctl', 'start', 'web']);
    await probed();
    await answers();
    await start;
    expect(await container('web')).toMatchObject({ state: 'running', running: next, lastGood: next });
  });

  it('a guest that reboots is asked once it is back', async () => {
    const { host, settle, container } = get();
    const next = await onTrial('3');
    await host.run(['systemd-run', '-M', 'web', '-q', 'systemctl', 'reboot']);
    await probed();
    await answers();
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next, quarantined: [] });
  });

  it('a guest whose connection is lost is asked over another one', async () => {
    const { host, settle, container } = get();
    const next = await onTrial('4');
    await host.run(['systemctl', 'stop', 'nspawnd-guest@*.service']);
    await probed();
    await answers();
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next, quarantined: [] });
  });
});
