import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('two declared containers', get => {
  it('run after the daemon was started', async () => {
    const { host, declare, deploy, settle, versionIn, container } = get();
    const [web] = await Promise.all([deploy('web', '1'), deploy('db', '1')]);
    await declare('web');
    await declare('db');
    await host.run(['systemctl', 'enable', '--now', 'nspawnd']);
    expect(await settle()).toBe(0);
    expect(await versionIn('web')).toBe(web);
    expect(await container('web')).toMatchObject({
      state: 'running',
      desired: web,
      booted: web,
      running: web,
    });
    expect(await container('db')).toMatchObject({ state: 'running' });
  });

  it('are ordinary machines for the tools of systemd', async () => {
    const { host } = get();
    const ok = async (...argv: string[]) => (await host.run(argv)).stdout;
    expect(await ok('machinectl', 'list', '--no-legend')).toMatch(/db .*\n?.*web |web .*\n?.*db /);
    expect(await ok('systemctl', '-M', 'web', 'is-system-running', '--wait')).toContain('running');
    expect(
      await ok(
        'busctl',
        '--machine=web',
        'get-property',
        'org.freedesktop.systemd1',
        '/org/freedesktop/systemd1',
        'org.freedesktop.systemd1.Manager',
        'SystemState',
      ),
    ).toContain('running');
    expect(await ok('journalctl', '-M', 'web', '-n', '5', '-o', 'cat')).not.toBe('');
    await ok('loginctl', '-M', 'web', 'list-sessions');
    // The address comes by DHCP from the host's side of the veth: wait for it in the guest.
    await ok(
      'systemd-run',
      '-M',
      'web',
      '--wait',
      '-q',
      '/usr/lib/systemd/systemd-networkd-wait-online',
      '-i',
      'host0:routable',
    );
    expect(await ok('ping', '-c', '1', '-W', '5', 'web')).toContain(' 0% packet loss');
  });

  it('map root to an unprivileged user, and see the store as root’s', async () => {
    const { host } = get();
    const { stdout } = await host.run(['machinectl', 'show', '-P', 'Leader', 'web']);
    const map = (await host.read(`/proc/${stdout.trim()}/uid_map`)).trim().split(/\s+/);
    expect(Number(map[1])).toBeGreaterThanOrEqual(65536);
    const owner = await host.run([
      'systemd-run',
      '-M',
      'web',
      '--wait',
      '--pipe',
      '-q',
      'stat',
      '-c',
      '%u',
      '/nix/store',
    ]);
    expect(owner.stdout.trim()).toBe('0');
  });

  it('are updated one by one: a profile flip restarts its machine and no other', async () => {
    const { deploy, settle, versionIn, invocation, container } = get();
    const [webBefore, dbBefore] = [await invocation('web'), await invocation('db')];
    const next = await deploy('web', '2');
    expect(await settle('web')).toBe(0);
    expect(await versionIn('web')).toBe(next);
    expect(await invocation('web')).not.toBe(webBefore);
    expect(await invocation('db')).toBe(dbBefore);
    expect(await container('web')).toMatchObject({ state: 'running', booted: next });
  });

  it('follow a rollback of the profile', async () => {
    const { host, settle, versionIn } = get();
    await host.run(['nix-env', '-p', '/nix/var/nix/profiles/web', '--rollback']);
    const target = await host.run(['realpath', '/nix/var/nix/profiles/web']);
    expect(await settle('web')).toBe(0);
    expect(await versionIn('web')).toBe(target.stdout.trim());
  });

  it('end on the last of twenty flips within a second', async () => {
    const { host, settle, versionIn, invocation } = get();
    const dbBefore = await invocation('db');
    const targets = await Promise.all(
      ['a', 'b', 'c'].map(version => host.guest({ name: 'web', version, kind: 'healthy' })),
    );
    const flips = Array.from({ length: 20 }, (_, i) => targets[i % 3] as string);
    // As nix-env does it: a new link, renamed over the old.
    const flip = (to: string) => `ln -s ${to} .new; mv -T .new web`;
    await host.sh(`cd /nix/var/nix/profiles\n${flips.map(flip).join('\n')}`);
    expect(await settle('web')).toBe(0);
    expect(await versionIn('web')).toBe(flips.at(-1));
    expect(await invocation('db')).toBe(dbBefore);
  });

  it('go on while the profile dangles, is no system, or is gone, and say so', async () => {
    const { host, settle, container, invocation } = get();
    const before = await invocation('web');
    const real = (await host.run(['realpath', '/nix/var/nix/profiles/web'])).stdout.trim();
    const profile = '/nix/var/nix/profiles/web';
    const missing = '/nix/store/00000000000000000000000000000000-gone';
    for (const [breakIt, why] of [
      [`ln -sfn ${missing} ${profile}`, `: ${missing} does not exist`],
      [`ln -sfn /etc ${profile}`, ': /etc is not a path of the Nix store'],
      [`rm ${profile}`, ', which does not exist'],
    ] as const) {
      await host.sh(breakIt);
      await settle('web');
      const { state, reason, booted } = await container('web');
      expect([state, booted], reason).toEqual(['waiting', real]);
      expect(reason).toBe(`waiting for ${profile}${why}`);
    }
    await host.sh(`ln -sfn ${real} /nix/var/nix/profiles/web`);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
    expect(await invocation('web')).toBe(before);
  });

  it('keep what runs and what is wanted from the garbage collector', async () => {
    const { host, settle, deploy, versionIn } = get();
    const next = await deploy('web', 'collected');
    expect(await settle('web')).toBe(0);
    await host.sh('rm -f /nix/var/nix/profiles/web*; nix-collect-garbage -d >/dev/null');
    expect(await versionIn('web')).toBe(next);
    await host.run(['test', '-x', `${next}/init`]);
  });
});
