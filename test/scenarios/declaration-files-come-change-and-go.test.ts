import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('declaration files', get => {
  it('may come at any time: a new one starts a machine', async () => {
    const { host, declare, deploy, settle, container } = get();
    await host.run(['systemctl', 'start', 'nspawnd']);
    await deploy('web', '1');
    await deploy('db', '1');
    await declare('web');
    await declare('db');
    expect(await settle('web')).toBe(0);
    expect(await settle('db')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
  });

  it('may change: the machine is restarted with the new units, the others are not', async () => {
    const { host, declare, settle, invocation } = get();
    const [web, db] = [await invocation('web'), await invocation('db')];
    await host.sh('mkdir -p /srv/data; echo hello >/srv/data/file');
    await declare('web', { binds: { '/data': { hostPath: '/srv/data', readOnly: true } } });
    expect(await settle('web')).toBe(0);
    expect(await invocation('web')).not.toBe(web);
    expect(await invocation('db')).toBe(db);
    const read = await host.run(['systemd-run', '-M', 'web', '--wait', '--pipe', '-q', 'cat', '/data/file']);
    expect(read.stdout.trim()).toBe('hello');
  });

  it('don’t restart a machine for what a daemon-reload applies', async () => {
    const { host, declare, settle, invocation } = get();
    const web = await invocation('web');
    await declare('web', {
      binds: { '/data': { hostPath: '/srv/data', readOnly: true } },
      activation: { timeout: '5min' },
    });
    expect(await settle('web')).toBe(0);
    expect(await invocation('web')).toBe(web);
    const timeout = await host.run([
      'systemctl',
      'show',
      '-P',
      'TimeoutStartUSec',
      'systemd-nspawn@web.service',
    ]);
    expect(timeout.stdout.trim()).toBe('5min');
  });

  it('only render with strategy none', async () => {
    const { host, declare, deploy, settle, invocation, container } = get();
    const web = await invocation('web');
    await declare('web', { activation: { strategy: 'none' } });
    const next = await deploy('web', '2');
    await settle('web');
    expect(await invocation('web')).toBe(web);
    expect(await container('web')).toMatchObject({ state: 'running', desired: next });
    expect(await host.read('/run/systemd/nspawn/web.nspawn')).toContain(`Parameters=${next}/init`);
    await host.run(['nspawnctl', 'restart', 'web']);
    expect(await container('web')).toMatchObject({ state: 'running', booted: next });
  });

  it('that are broken are rejected naming the field, and touch nothing', async () => {
    const { host, declare, settle, invocation, container } = get();
    const [web, db] = [await invocation('web'), await invocation('db')];
    const broken: [string, RegExp][] = [
      [
        '{"path": "/nix/var/nix/profiles/web", "activation": {"timeout": "90 parsecs"}}',
        /activation\.timeout/,
      ],
      ['{"path": "/nix/var/nix/profiles/web", "pth": 1}', /pth/],
      ['{"path": "/nix/var/nix/profiles/web", "store": "closure"}', /store: .*not supported yet/],
      ['{"path": "/nix/var', /line 1/],
    ];
    for (const [text, field] of broken) {
      await host.write('/etc/nspawnd/containers/web.json', text);
      await settle('web');
      const { state, reason } = await container('web');
      expect([state, reason]).toEqual(['invalid', expect.stringMatching(field)]);
      expect(reason).toContain('/etc/nspawnd/containers/web.json');
    }
    const reload = await host.run(['systemctl', 'reload', 'nspawnd'], { reject: false });
    expect(reload.exitCode).not.toBe(0);
    expect([await invocation('web'), await invocation('db')]).toEqual([web, db]);

    await declare('web', { activation: { strategy: 'none' } });
    expect(await settle('web')).toBe(0);
    await host.run(['systemctl', 'reload', 'nspawnd']);
  });

  it('whose unit files are somebody else’s are rejected naming the path, which stays as it is', async () => {
    const { host, declare, settle, container } = get();
    const path = '/run/systemd/nspawn/other.nspawn';
    await host.write(path, '[Exec]\nBoot=yes\n');
    await declare('other', { path: '/nix/var/nix/profiles/web' });
    await settle('other');
    const { state, reason } = await container('other');
    expect([state, reason]).toEqual(['invalid', expect.stringContaining(path)]);
    expect(await host.read(path)).toBe('[Exec]\nBoot=yes');
    await host.run(['rm', '/etc/nspawnd/containers/other.json', path]);
    await settle();
  });

  it('may go: the machine is stopped, and no file of it is left', async () => {
    const { host, undeclare, settle, invocation } = get();
    const web = await invocation('web');
    await undeclare('db');
    await settle();
    expect((await host.run(['machinectl', 'list', '--no-legend'])).stdout).not.toMatch(/^db /m);
    const left = await host.sh(
      'find /run/systemd/nspawn /run/systemd/network /run/systemd/system /run/nspawnd /var/lib/machines /nix/var/nix/gcroots/nspawnd /var/lib/nspawnd -name "*db*" -not -path "*/.#*" -print',
    );
    expect(left).toBe('');
    expect(await invocation('web')).toBe(web);
  });

  it('that vanish while the daemon is down are cleaned up after', async () => {
    const { host, undeclare, settle } = get();
    await host.run(['systemctl', 'stop', 'nspawnd']);
    await undeclare('web');
    expect((await host.run(['machinectl', 'list', '--no-legend'])).stdout).toMatch(/^web /m);
    await host.run(['systemctl', 'start', 'nspawnd']);
    await settle();
    expect((await host.run(['machinectl', 'list', '--no-legend'])).stdout).not.toMatch(/^web /m);
    expect(await host.sh('ls -A /var/lib/machines /nix/var/nix/gcroots/nspawnd | grep web || :')).toBe('');
  });

  it('leave a machine alone that nobody declared', async () => {
    const { host, settle } = get();
    const init = await host.guest({ name: 'foreign', version: '1', kind: 'tiny' });
    await host.sh(`mkdir -p /var/lib/machines/foreign/usr
printf '[Exec]\\nEphemeral=yes\\nBoot=no\\nParameters=${init}/init\\nNotifyReady=yes\\nKillSignal=SIGRTMIN+3\\n[Files]\\nBindReadOnly=/nix/store:/nix/store:idmap\\n' >/run/systemd/nspawn/foreign.nspawn
systemctl start systemd-nspawn@foreign`);
    await host.run(['systemctl', 'restart', 'nspawnd']);
    await settle();
    await host.run(['systemctl', 'is-active', 'systemd-nspawn@foreign']);
    await host.run(['test', '-e', '/run/systemd/nspawn/foreign.nspawn']);
  });
});
