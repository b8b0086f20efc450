import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('an update that is not healthy', get => {
  const systems: Record<string, string> = {};

  it('begins with a good system', async () => {
    const { host, begin, container } = get();
    await begin({ activation: { timeout: '20s' } });
    const { state, running, lastGood, guestState, failedUnits } = await container('web');
    expect({ state, lastGood, guestState, failedUnits }).toEqual({
      ...{ state: 'running', lastGood: running, guestState: 'running', failedUnits: [] },
    });
    systems.good = running;
    const root = await host.run(['readlink', '/nix/var/nix/gcroots/nspawnd/web/last-good']);
    expect(root.stdout.trim()).toBe(running);
  });

  it('because a unit fails is told on the bus, rolled back, and named', async () => {
    const { host, deploy, settle, container, versionIn } = get();
    using signals = await host.watchSignals({
      sender: 'org.nixos.nspawn1',
      interface: 'org.nixos.nspawn1.Manager',
    });
    const bad = await deploy('web', 'failing', 'failing-unit');
    expect(await settle('web')).toBe(3);
    expect(await signals.next()).toMatchObject({ member: 'UpdateStarted' });
    const finished = await signals.next();
    expect(finished).toMatchObject({ member: 'UpdateFinished' });
    expect(JSON.stringify(finished)).toContain('"rolled-back"');
    const web = await container('web');
    expect(web).toMatchObject({
      ...{ state: 'rolled-back', desired: bad, booted: systems.good, running: systems.good },
      ...{ lastGood: systems.good, quarantined: [bad], guestState: 'running' },
    });
    expect(web.reason).toContain('broken.service');
    expect(await versionIn('web')).toBe(systems.good);
    systems.bad = bad;
  });

  it('is not tried again by a restart of the daemon, nor by a boot of the host', async () => {
    const { host, settle, container, invocation } = get();
    const before = await invocation('web');
    await host.run(['systemctl', 'restart', 'nspawnd']);
    expect(await settle('web')).toBe(3);
    expect(await invocation('web')).toBe(before);
    await host.run(['systemctl', 'enable', 'nspawnd']);
    await host.reboot();
    await host.waitForUnit('nspawnd.service', 'active');
    expect(await settle('web')).toBe(3);
    expect(await container('web')).toMatchObject({
      ...{ state: 'rolled-back', running: systems.good, quarantined: [systems.bad] },
    });
  });

  it('is tried again on Retry, which says how it went', async () => {
    const { host, container, invocation } = get();
    const before = await invocation('web');
    const retry = await host.run(['nspawnctl', 'retry', 'web'], { reject: false });
    expect(retry.exitCode).not.toBe(0);
    expect(retry.stderr).toContain('broken.service');
    expect(await invocation('web')).not.toBe(before);
    expect(await container('web')).toMatchObject({ state: 'rolled-back', running: systems.good });
  });

  it('is accepted with failed units where the declaration allows that', async () => {
    const { declare, settle, container } = get();
    await declare('web', { activation: { timeout: '20s', allowDegraded: true } });
    // It is in quarantine until something about it changes: time-outs and the like are no units.
    expect(await settle('web')).toBe(3);
    const { host } = get();
    await host.run(['nspawnctl', 'retry', 'web']);
    expect(await container('web')).toMatchObject({
      ...{ state: 'degraded', running: systems.bad, lastGood: systems.bad, failedUnits: ['broken.service'] },
    });
  });

  it('because the probe fails is rolled back with what the probe said', async () => {
    const { host, declare, deploy, settle, container } = get();
    systems.good = await deploy('web', 'good-again');
    const probe = { command: ['/bin/sh', '-c', 'echo "no answer"; test -e /etc/answers'] };
    await declare('web', { activation: { timeout: '20s', probe } });
    expect(await settle('web')).toBe(3);
    await host.run(['nspawnctl', 'status', 'web'], { reject: false });
    const good = await deploy('web', 'answers', 'healthy', { etc: { answers: 'yes' } });
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: good, lastGood: good });
    const bad = await deploy('web', 'silent');
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'rolled-back', running: good, quarantined: [bad] });
    expect(web.reason).toMatch(/probe.*status 1.*no answer/);
    expect(web.evidence).toEqual(['no answer']);
  });

  it('leaves a first deployment that is bad as it is, with one clear reason', async () => {
    const { declare, deploy, settle, container, invocation } = get();
    const bad = await deploy('db', '1', 'failing-unit');
    await declare('db');
    expect(await settle('db')).toBe(3);
    const db = await container('db');
    expect(db).toMatchObject({ state: 'failed', running: bad, quarantined: [bad], lastGood: '' });
    expect(db.reason).toContain('no last good system');
    const before = await invocation('db');
    const good = await deploy('db', '2');
    expect(await settle('db')).toBe(0);
    expect(await invocation('db')).not.toBe(before);
    expect(await container('db')).toMatchObject({ state: 'running', lastGood: good, quarantined: [] });
  });

  it('whose last good system fails too ends in failed, without a loop', async () => {
    const { host, deploy, settle, container } = get();
    const { lastGood } = await container('db');
    // What was good can no longer be started. Not by a mount: the store could not be mapped, for which the host is blamed.
    await host.sh(`chmod a-x ${lastGood}/init`);
    try {
      await deploy('db', '3', 'dies-at-once');
      expect(await settle('db')).toBe(3);
      const db = await container('db');
      expect(db.state).toBe('failed');
      expect(db.reason).toMatch(/-db-3.*so did the last good system.*-db-2/);
      expect(db.evidence.join('\n')).toMatch(/init/);
      const journal = await host.journal('nspawnd');
      const starts = journal
        .split('\n')
        .filter(line => /"name":"db","action":"(re)?start".* failed: /.test(line));
      expect(starts).toHaveLength(2);
    } finally {
      await host.sh(`chmod a+x ${lastGood}/init`);
    }
  });
});
