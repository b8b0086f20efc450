import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('operators hold and roll back', get => {
  const systems: string[] = [];
  const deploy = async (version: string) => systems.push(await get().deploy('web', version));
  const ctl = (...args: string[]) => get().host.run(['nspawnctl', ...args], { reject: false });

  it('begins with a container that was updated once', async () => {
    const { host, declare, settle, container } = get();
    await deploy('1');
    await declare('web');
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('web')).toBe(0);
    await deploy('2');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ running: systems[1], lastGood: systems[1], held: false });
  });

  it('rollback returns to the good system before, and stays there whatever is deployed', async () => {
    const { settle, container, invocation, versionIn } = get();
    expect(await ctl('rollback', 'web')).toMatchObject({ exitCode: 0, stderr: '' });
    const held = { state: 'held', held: true, running: systems[0] };
    expect(await container('web')).toMatchObject({ ...held, desired: systems[1] });
    expect(await versionIn('web')).toBe(systems[0]);
    const before = await invocation('web');
    await deploy('3');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ ...held, desired: systems[2] });
    expect(await invocation('web')).toBe(before);
  });

  it('retry of a held container is refused', async () => {
    const { stderr, exitCode } = await ctl('retry', 'web');
    expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('held on'), exitCode: 1 });
    expect(JSON.parse((await ctl('retry', '--json', 'web')).stdout)).toMatchObject([
      { ok: false, error: { code: 'Busy' } },
    ]);
  });

  it('unhold brings it to what is deployed by now', async () => {
    const { settle, container } = get();
    expect((await ctl('unhold', 'web')).exitCode).toBe(0);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', held: false, running: systems[2] });
  });

  it('hold keeps what runs, over a restart of machine and daemon', async () => {
    const { host, settle, container } = get();
    expect((await ctl('hold', 'web')).exitCode).toBe(0);
    await deploy('4');
    expect((await ctl('restart', 'web')).exitCode).toBe(0);
    await host.run(['systemctl', 'restart', 'nspawnd']);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'held', running: systems[2], desired: systems[3] });
    expect((await ctl('status', 'web')).stdout).toContain('stay until nspawnctl unhold web\n');
  });

  it('rollback takes the path of a link to a system, and refuses what is none', async () => {
    const { host, container } = get();
    await host.run(['ln', '-s', String(systems[1]), '/tmp/before']);
    expect(await ctl('rollback', 'web', '/tmp/before')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await container('web')).toMatchObject({ state: 'held', running: systems[1] });
    const { stderr, exitCode } = await ctl('rollback', 'web', '/etc');
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringContaining('"/etc": it is not a system in the Nix store'),
      exitCode: 1,
    });
  });
});
