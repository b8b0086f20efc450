import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('a system that was not tried', get => {
  it('begins with a machine that requires a unit of the host', async () => {
    const { host, deploy, declare, settle } = get();
    await host.write(
      '/run/systemd/system/needed.service',
      '[Service]\nType=oneshot\nExecStart=/usr/bin/test -e /run/needed\n',
    );
    await host.write(
      '/run/systemd/system/systemd-nspawn@web.service.d/needed.conf',
      '[Unit]\nRequires=needed.service\nAfter=needed.service\n',
    );
    await host.sh('touch /run/needed; systemctl daemon-reload');
    await deploy('web', '1', 'tiny');
    await declare('web');
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('web')).toBe(0);
  });

  it('since the host lacks something is not condemned, and started when the host has it', async () => {
    const { host, deploy, declare, settle, container } = get();
    await host.run(['rm', '/run/needed']);
    const next = await deploy('web', '2', 'tiny');
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect([web.state, web.quarantined]).toEqual(['failed', []]);
    expect(web.reason).toContain('its start job ended with "dependency"');

    // Nor is what depends on it held up.
    await deploy('shop', '1', 'tiny');
    await declare('shop', { dependsOn: ['web'] });
    expect(await settle('shop')).toBe(0);
    expect(await container('shop')).toMatchObject({ state: 'running' });

    await host.run(['touch', '/run/needed']);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next, quarantined: [] });
  });
});
