import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('after a reboot of the host', get => {
  it('machines come up with what the profiles say then', { timeout: 120_000 }, async () => {
    const { host, declare, deploy, settle, versionIn, container } = get();
    await deploy('web', '1');
    const db = await deploy('db', '1');
    await declare('web');
    await declare('db');
    await declare('off', { path: '/nix/var/nix/profiles/db', autoStart: false });
    await host.run(['systemctl', 'enable', '--now', 'nspawnd']);
    expect(await settle()).toBe(0);
    await host.run(['nspawnctl', 'stop', 'db']);

    // Flipped while nobody watches, as a deployment for the next boot does.
    await host.run(['systemctl', 'stop', 'nspawnd']);
    const next = await deploy('web', '2');
    expect(await host.reboot()).toBe('running');
    expect(await settle()).toBe(0);

    expect(await versionIn('web')).toBe(next);
    expect(await versionIn('db')).toBe(db);
    expect(await container('off')).toMatchObject({ state: 'stopped' });
  });

  it('also after a power cut', { timeout: 120_000 }, async () => {
    const { host, settle, container } = get();
    expect(await host.reboot({ hard: true })).toBe('running');
    expect(await settle()).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
    expect(await container('db')).toMatchObject({ state: 'running' });
  });
});
