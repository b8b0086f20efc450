import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const DYNAMIC = { activation: { strategy: 'dynamic', timeout: '20s' } };

onEachSystemd('a live switch', get => {
  const systems: string[] = [];

  it('begins with a machine of strategy dynamic', async () => {
    const { begin, container } = get();
    await begin(DYNAMIC);
    systems.push((await container('web')).running);
  });

  it('changes what runs and not what was booted, without a restart', async () => {
    const { host, deploy, settle, container, invocation, versionIn } = get();
    const before = await invocation('web');
    const next = await deploy('web', '2', 'healthy', { etc: { answer: '42' } });
    expect(await settle('web')).toBe(0);
    expect(await invocation('web')).toBe(before);
    expect(await container('web')).toMatchObject({
      ...{ state: 'running', booted: systems[0], running: next, desired: next, lastGood: next },
    });
    expect(await versionIn('web')).toBe(next);
    const roots = await host.sh(
      'cd /nix/var/nix/gcroots/nspawnd/web; for r in *; do echo $r $(readlink $r); done',
    );
    expect(roots.trim().split('\n').sort()).toEqual([
      ...[`booted ${systems[0]}`, `desired ${next}`, `last-good ${next}`, `running ${next}`],
    ]);
    systems.push(next);
  });

  it('may take any time, and is judged in any time, without time-outs', async () => {
    const { declare, deploy, settle, container, invocation } = get();
    const before = await invocation('web');
    const probe = { command: ['/bin/sh', '-c', 'exit 0'], timeout: 'infinity' };
    await declare('web', { activation: { strategy: 'dynamic', timeout: 'infinity', probe } });
    const next = await deploy('web', 'any-time');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next, lastGood: next });
    expect(await invocation('web')).toBe(before);
    await declare('web', DYNAMIC);
    systems[1] = next;
  });

  it('is known to a daemon that is started anew', async () => {
    const { host, settle, container, invocation } = get();
    const before = await invocation('web');
    await host.run(['systemctl', 'restart', 'nspawnd']);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ booted: systems[0], running: systems[1] });
    expect(await invocation('web')).toBe(before);
  });

  it('is what the guest boots when it reboots', async () => {
    const { host, comesBackAfter, container } = get();
    await comesBackAfter(() => host.run(['systemd-run', '-M', 'web', '-q', 'systemctl', 'reboot']));
    expect(await container('web')).toMatchObject({ booted: systems[1], running: systems[1] });
    await expect(host.run(['readlink', '/nix/var/nix/gcroots/nspawnd/web/booted'])).rejects.toThrow();
  });

  it('outlives the re-execution of the guest’s own service manager', async () => {
    const { deploy, settle, container, invocation } = get();
    const before = await invocation('web');
    const next = await deploy('web', 'reexec', 'healthy', { activation: 'systemctl daemon-reexec || true' });
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next });
    expect(await invocation('web')).toBe(before);
    systems.push(next);
  });

  it('back to what ran before, right after it, is judged anew', async () => {
    const { host, settle, container } = get();
    const { running } = await container('web');
    const checks = async () =>
      (await host.journal('nspawnd'))
        .split('\n')
        .filter(line => line.includes('"action":"check"') && line.includes(running)).length;
    const before = await checks();
    const next = await host.guest({ name: 'web', version: 'for-a-moment' });
    const updates = { sender: 'org.nixos.nspawn1', member: 'UpdateStarted' };
    using signals = await host.watchSignals(updates);
    await host.setProfile('web', next);
    await signals.next();
    await host.setProfile('web', running);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running });
    expect(await checks()).toBe(before + 1);
  });

  it('for which the guest cannot be reached is told as failed, and done when it can', async () => {
    const { host, deploy, settle, container, invocation } = get();
    const before = await invocation('web');
    await host.run(['systemctl', 'stop', 'nspawnd-guest.socket']);
    const next = await deploy('web', 'unreached');
    expect(await settle('web')).toBe(3);
    expect((await container('web')).reason).toContain('cannot connect to the guest web');
    await host.run(['systemctl', 'start', 'nspawnd-guest.socket']);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next, quarantined: [] });
    expect(await invocation('web')).toBe(before);
    systems.push(next);
  });

  it('whose script fails is undone by a restart, with the script’s last words', async () => {
    const { deploy, settle, container, invocation, versionIn } = get();
    const before = await invocation('web');
    const good = (await container('web')).running;
    const bad = await deploy('web', 'script-fails', 'healthy', {
      activation: 'set +u; test -z "$INVOCATION_ID" || { echo "cannot activate this"; exit 7; }',
    });
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'rolled-back', booted: good, running: good, quarantined: [bad] });
    expect(web.reason).toMatch(/switch-to-configuration ended with status 7.*cannot activate this/);
    expect(await invocation('web')).not.toBe(before);
    expect(await versionIn('web')).toBe(good);
  });

  it('that failed is not held against the next system, where it is not undone', async () => {
    const { declare, deploy, settle, container, invocation } = get();
    const before = await invocation('web');
    await declare('web', { activation: { ...DYNAMIC.activation, rollback: false } });
    const bad = await deploy('web', 'script-fails-again', 'healthy', {
      activation: 'set +u; test -z "$INVOCATION_ID" || exit 7',
    });
    expect(await settle('web')).toBe(3);
    expect(await container('web')).toMatchObject({ state: 'failed', running: bad, guestState: 'running' });
    await deploy('web', 'mended');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', failedUnits: [] });
    expect(await invocation('web')).toBe(before);
    await declare('web', DYNAMIC);
  });

  it('whose script hangs ends with activation.timeout', async () => {
    const { declare, deploy, settle, container } = get();
    await declare('web', { activation: { strategy: 'dynamic', timeout: '4s' } });
    const good = (await container('web')).running;
    const bad = await deploy('web', 'script-hangs', 'healthy', {
      activation: 'set +u; test -z "$INVOCATION_ID" || exec sleep 1000',
    });
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'rolled-back', running: good, quarantined: [bad] });
    expect(web.reason).toContain('did not end within activation.timeout');
    await declare('web', DYNAMIC);
  });

  it('to a system with a failing unit is undone by a restart', async () => {
    const { deploy, settle, container } = get();
    const good = (await container('web')).running;
    const bad = await deploy('web', 'failing-unit', 'failing-unit');
    expect(await settle('web')).toBe(3);
    expect(await container('web')).toMatchObject({ state: 'rolled-back', running: good, quarantined: [bad] });
  });

  it('is no switch but a restart when the units changed, unless the strategy is reload', async () => {
    const { host, deploy, declare, settle, container, invocation } = get();
    await deploy('web', '4');
    expect(await settle('web')).toBe(0);
    const first = await invocation('web');
    await host.sh('mkdir -p /srv/one /srv/two');
    await declare('web', { ...DYNAMIC, binds: { '/srv/one': {} } });
    expect(await settle('web')).toBe(0);
    const second = await invocation('web');
    expect(second).not.toBe(first);

    await declare('web', { activation: { strategy: 'reload', timeout: '20s' }, binds: { '/srv/two': {} } });
    const next = await deploy('web', '5');
    expect(await settle('web')).toBe(0);
    expect(await invocation('web')).toBe(second);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'running', running: next });
    expect(web.reason).toContain('next start');
    await host.run(['nspawnctl', 'restart', 'web']);
    expect(await container('web')).toMatchObject({ booted: next, reason: 'runs the desired system' });
  });
});
