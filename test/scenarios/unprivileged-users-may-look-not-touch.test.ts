import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const NOBODY = { user: 65534 } as const;
const MANAGER = ['org.nixos.nspawn1', '/org/nixos/nspawn1', 'org.nixos.nspawn1.Manager'];
const CONTAINER = ['org.nixos.nspawn1', '/org/nixos/nspawn1/container/web', 'org.nixos.nspawn1.Container'];

onEachSystemd('an unprivileged user', get => {
  it('begins with a running machine', () => get().begin());

  it('may read everything', async () => {
    const { host } = get();
    const list = await host.run(['busctl', 'call', ...MANAGER, 'ListContainers'], NOBODY);
    expect(list.stdout).toContain('"web" "running"');
    await host.run(['busctl', 'introspect', ...MANAGER.slice(0, 2)], NOBODY);
    await host.run(['busctl', 'get-property', ...CONTAINER, 'State'], NOBODY);
    expect((await host.run(['nspawnctl', 'list'], NOBODY)).stdout).toContain('web');
  });

  it('may change nothing', async () => {
    const { host, invocation } = get();
    const before = await invocation('web');
    const calls = [
      [...MANAGER, 'Reload'],
      [...MANAGER, 'Stop', 's', 'web'],
      [...MANAGER, 'Restart', 's', 'web'],
      [...CONTAINER, 'Stop'],
      [...CONTAINER, 'Restart'],
    ];
    for (const call of calls) {
      const { exitCode, stderr } = await host.run(['busctl', 'call', ...call], { ...NOBODY, reject: false });
      expect([exitCode, stderr], call.join(' ')).toEqual([
        1,
        expect.stringMatching(/denied|not permitted|authoriz/i),
      ]);
    }
    const { exitCode } = await host.run(['nspawnctl', 'stop', 'web'], { ...NOBODY, reject: false });
    expect(exitCode).toBe(77);
    expect(await invocation('web')).toBe(before);
  });

  it('may not take the name', async () => {
    const { host } = get();
    const call = [
      'org.freedesktop.DBus',
      '/org/freedesktop/DBus',
      'org.freedesktop.DBus',
      'RequestName',
      'su',
      'org.nixos.nspawn1.x',
      '0',
    ];
    expect((await host.run(['busctl', 'call', ...call], { ...NOBODY, reject: false })).exitCode).toBe(1);
  });
});
