import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const address = (last: number) => `10.77.0.${last}/24`;
const withAddress = (last: number) => ({
  network: { veth: { config: { host: { Network: { Address: [address(last)] } } } } },
});

onEachSystemd('a daemon that comes back', get => {
  it('is running, not starting, where nothing is declared', async () => {
    const { host } = get();
    await host.run(['systemctl', 'start', 'nspawnd']);
    const state = await host.waitForProperty({
      destination: 'org.nixos.nspawn1',
      path: '/org/nixos/nspawn1',
      interface: 'org.nixos.nspawn1.Manager',
      property: 'State',
      until: value => value !== 'starting',
      deadlineMs: 5000,
    });
    expect(state).toBe('running');
  });

  it('has networkd read a file that the one before had written and not told of', async () => {
    const { host, declare, deploy, settle } = get();
    await deploy('web', '1');
    await declare('web', withAddress(1));
    expect(await settle('web')).toBe(0);

    // What a kill between the write and the reload leaves behind.
    await host.run(['systemctl', 'stop', 'nspawnd']);
    await declare('web', withAddress(2));
    await host.sh("sed -i 's#10.77.0.1/24#10.77.0.2/24#' /run/systemd/network/70-nspawnd-ve-web.network");
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('web')).toBe(0);
    await host.run(['/usr/lib/systemd/systemd-networkd-wait-online', '-4', '-i', 've-web:routable']);
    expect(await host.sh('ip -4 -o addr show ve-web')).toContain(`inet ${address(2)} `);
  });
});
