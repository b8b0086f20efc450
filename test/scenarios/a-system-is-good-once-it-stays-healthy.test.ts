import { expect, it } from 'vitest';
import type { Host } from '../host/index.ts';
import { onEachSystemd } from './world.ts';

const GATE = { '/gate': { hostPath: '/srv/gate' } };
/** Long enough for a machine under load to do in it what a test does. */
const SETTLE = { activation: { timeout: '20s', settle: '20s' }, binds: GATE };
const AT_ONCE = { activation: { timeout: '20s' }, binds: GATE };
const service = (script: string, more = '') => ({
  'app.service': `[Service]\nExecStart=/bin/sh -c '${script}'\n${more}`,
});
const CRASHES = 'Restart=always\nRestartSec=1h\n';
/** Runs until it is told to end. */
const UNTIL_TOLD = 'echo it is up; read word </gate/go; echo the disk is full';

/** Waits for what the daemon says of `web`; it is not made to look. */
function becomes(host: Host, property: string, until: (value: string) => boolean): Promise<string> {
  return host.waitForProperty<string>({
    destination: 'org.nixos.nspawn1',
    path: '/org/nixos/nspawn1/container/web',
    interface: 'org.nixos.nspawn1.Container',
    property,
    until,
  });
}
const isWatched = (host: Host) =>
  becomes(host, 'Reason', reason => reason.startsWith('healthy, watched for'));
const tell = (host: Host) => host.sh('echo go >/srv/gate/go');

onEachSystemd('a new system', get => {
  let good = '';

  it('begins with a good one', async () => {
    const { host, begin, container } = get();
    await host.sh('mkdir /srv/gate; mkfifo -m 666 /srv/gate/go');
    await begin(AT_ONCE);
    good = (await container('web')).running;
  });

  it('with a unit that crashes again and again is not healthy, and what it said is kept', async () => {
    const { host, deploy, settle, container } = get();
    const units = service('echo cannot bind to port 80; exit 1', CRASHES);
    const bad = await deploy('web', 'crashes', 'healthy', { units });
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'rolled-back', running: good, quarantined: [bad] });
    expect(web.reason).toContain('units restarting after a failure: app.service');
    expect(web.evidence).toContain('app.service: cannot bind to port 80');
    const waited = await host.run(['nspawnctl', 'wait', 'web'], { reject: false });
    expect(waited.stderr).toContain('| app.service: cannot bind to port 80');
    expect(await host.sh('nspawnctl status web')).toMatch(/Evidence: (.*\n)*.*cannot bind to port 80/);
    expect(await host.journal('nspawnd')).toContain('web: | app.service: cannot bind to port 80');
  });

  it('with a unit that is restarted each time it is done is healthy', async () => {
    const { deploy, settle, container } = get();
    good = await deploy('web', 'repeats', 'healthy', { units: service('echo done', CRASHES) });
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: good, evidence: [] });
  });

  it.each([
    ['fails-late', '', 'failed units: app.service'],
    ['crashes-late', CRASHES, 'units restarting after a failure: app.service'],
  ])('with a unit that %s while it is watched is rolled back', async (version, more, complaint) => {
    const { host, declare, deploy, settle, container } = get();
    await declare('web', SETTLE);
    await settle('web');
    const bad = await deploy('web', version, 'healthy', { units: service(`${UNTIL_TOLD}; exit 1`, more) });
    await isWatched(host);
    expect(await container('web')).toMatchObject({ state: 'updating', running: bad, lastGood: good });
    await tell(host);
    await becomes(host, 'State', state => state === 'rolled-back');
    const web = await container('web');
    expect(web).toMatchObject({ running: good, quarantined: [bad] });
    expect(web.reason).toContain(complaint);
    expect(web.evidence).toContain('app.service: the disk is full');
  });

  it('is watched anew by a daemon that is started meanwhile, and good when it has stayed healthy', async () => {
    const { host, declare, deploy, container, invocation } = get();
    await declare('web', { activation: { timeout: '20s', settle: '6s' }, binds: GATE });
    const next = await deploy('web', 'stays');
    await isWatched(host);
    const before = await invocation('web');
    await host.kill('nspawnd.service');
    await becomes(host, 'State', state => state === 'running');
    const began = Number(await host.sh("nspawnctl status web --json | jq '.[].stateTimestamp'"));
    expect(await container('web')).toMatchObject({ running: next, lastGood: next });
    expect(await invocation('web')).toBe(before);
    const since = Number(await host.sh('stat -c %Y /proc/$(systemctl show -P MainPID nspawnd)'));
    expect(began / 1e6 - since).toBeGreaterThan(5);
    good = next;
  });

  it('that reboots while it is watched, when its time is long up, is not judged by that', async () => {
    const { host, declare, deploy, settle, container, invocation } = get();
    await declare('web', { activation: { timeout: '5s', settle: '8s' }, binds: GATE });
    await settle('web');
    good = await deploy('web', 'reboots');
    await isWatched(host);
    const before = await invocation('web');
    const reboot = ['systemctl', '-M', 'web', 'reboot'];
    await host.run(['systemd-run', '--on-active=6', '--timer-property=AccuracySec=1ms', ...reboot]);
    await becomes(host, 'State', state => state === 'running' || state === 'rolled-back');
    expect(await container('web')).toMatchObject({ state: 'running', running: good, quarantined: [] });
    expect(await invocation('web')).not.toBe(before);
  });

  it('that is switched to live is watched, too', async () => {
    const { host, declare, deploy, settle, container } = get();
    const activation = { strategy: 'dynamic', timeout: '20s' };
    await declare('web', { activation: { ...activation, settle: '20s' }, binds: GATE });
    expect(await settle('web')).toBe(0);
    const units = service(`${UNTIL_TOLD}; exit 1`);
    const bad = await deploy('web', 'switched-to', 'healthy', { units });
    await isWatched(host);
    expect(await container('web')).toMatchObject({ running: bad, booted: good });
    await tell(host);
    await becomes(host, 'State', state => state === 'rolled-back');
    expect(await container('web')).toMatchObject({ running: good, quarantined: [bad] });
    await declare('web', AT_ONCE);
  });

  it('without a bus, where the last good one had one, is rolled back', async () => {
    const { deploy, settle, container } = get();
    const activation =
      'for unit in dbus.socket dbus.service; do ln -sfn /dev/null /etc/systemd/system/$unit; done';
    const bad = await deploy('web', 'mute', 'healthy', { activation });
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'rolled-back', running: good, quarantined: [bad] });
    expect(web.reason).toContain('it has no system bus, but the last good system had one');
  });

  it('without a bus, where there never was one, is good when it has stayed up', async () => {
    const { host, declare, deploy, settle, container } = get();
    for (const version of ['1', '2']) {
      const small = await deploy('small', version, 'tiny');
      await declare('small', { activation: { settle: '1s' } });
      expect(await settle('small')).toBe(0);
      expect(await container('small')).toMatchObject({ state: 'running', lastGood: small });
    }
    expect(await host.journal('nspawnd')).toContain('small: updating: healthy, watched for 1s more');
  });
});
