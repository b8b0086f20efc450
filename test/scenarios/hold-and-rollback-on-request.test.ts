import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('an operator', get => {
  const systems: string[] = [];
  const ctl = async (...args: string[]) => get().host.run(['nspawnctl', ...args], { reject: false });

  it('begins with a machine that was updated once', async () => {
    const { begin, container, deploy, settle } = get();
    await begin();
    systems.push((await container('web')).running);
    systems.push(await deploy('web', '2'));
    expect(await settle('web')).toBe(0);
  });

  it('who rolls back gets the system that was good before, held over flips and boots', async () => {
    const { host, container, deploy, settle, versionIn } = get();
    expect((await ctl('rollback', 'web')).exitCode).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'held', held: true, running: systems[0] });
    systems.push(await deploy('web', '3'));
    expect(await settle('web')).toBe(0);
    expect(await versionIn('web')).toBe(systems[0]);
    await host.run(['systemctl', 'enable', 'nspawnd']);
    await host.reboot();
    await host.waitForUnit('nspawnd.service', 'active');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({
      ...{ state: 'held', running: systems[0], desired: systems[2] },
    });
  });

  it('who lets go gets what the profile points to', async () => {
    const { container, settle } = get();
    expect((await ctl('unhold', 'web')).exitCode).toBe(0);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', held: false, running: systems[2] });
  });

  it('who holds keeps what runs, its units included, and its roots', async () => {
    const { host, container, declare, deploy, settle, invocation } = get();
    const before = await invocation('web');
    expect((await ctl('hold', 'web')).exitCode).toBe(0);
    await host.sh('mkdir -p /srv/data');
    await declare('web', { binds: { '/srv/data': {} } });
    systems.push(await deploy('web', '4'));
    expect(await settle('web')).toBe(0);
    expect(await invocation('web')).toBe(before);
    const root = await host.run(['readlink', '/nix/var/nix/gcroots/nspawnd/web/held']);
    expect(root.stdout.trim()).toBe(systems[2]);
    expect((await ctl('retry', 'web')).stderr).toContain('held');
    expect(JSON.parse((await ctl('retry', '--json', 'web')).stdout)).toMatchObject([
      { name: 'web', ok: false, error: { code: 'Busy' } },
    ]);
    expect((await ctl('status', 'web')).stdout).toContain('stay until nspawnctl unhold web\n');
    expect((await ctl('unhold', 'web')).exitCode).toBe(0);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ running: systems[3] });
    await expect(host.run(['readlink', '/nix/var/nix/gcroots/nspawnd/web/held'])).rejects.toThrow();
  });

  it('may name any system in the store, by a link too, and nothing else', async () => {
    const { host, container } = get();
    await host.run(['ln', '-s', systems[1] ?? '', '/tmp/before']);
    for (const [named, running] of [
      [systems[0] ?? '', systems[0]],
      ['/tmp/before', systems[1]],
    ] as const) {
      expect(await ctl('rollback', 'web', named)).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await container('web')).toMatchObject({ state: 'held', running });
    }
    const before = await container('web');
    for (const [wrong, why] of [
      ['/nix/store/00000000000000000000000000000000-nothing', 'does not exist'],
      ['/etc', 'not a path of the Nix store'],
    ] as const) {
      const { exitCode, stderr } = await ctl('rollback', 'web', wrong);
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(why) });
    }
    expect(await container('web')).toMatchObject({ state: before.state, running: before.running });
    expect((await ctl('unhold', 'web')).exitCode).toBe(0);
  });

  it('is told when there is nothing to go back to', async () => {
    const { declare, deploy, settle } = get();
    await deploy('db', '1');
    await declare('db');
    expect(await settle('db')).toBe(0);
    const none = await ctl('rollback', 'db');
    expect(none.exitCode).not.toBe(0);
    expect(none.stderr).toContain('no system other than the desired one is known to be good');
  });
});
