import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('a message bus that stands still, as one that is flooded', get => {
  it('does not keep a flip from PID 1', async () => {
    const { host, begin, settle, container, invocation } = get();
    await begin();
    const before = await invocation('web');
    const next = await host.guest({ name: 'web', version: '2' });
    const pid = (await host.run(['systemctl', 'show', '-P', 'MainPID', 'dbus'])).stdout.trim();
    await host.run(['kill', '-STOP', pid]);
    try {
      // PID 1 itself says when it begins. Nothing here asks the bus, and systemctl would not, either.
      await host.sh(`
        exec 3< <(timeout 30 journalctl -f -n 0 -o cat _PID=1 UNIT=systemd-nspawn@web.service)
        nix-env -p /nix/var/nix/profiles/web --set ${next}
        grep -m 1 'Stopping systemd-nspawn@web.service' <&3`);
    } finally {
      await host.run(['kill', '-CONT', pid]);
    }
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next });
    expect(await invocation('web')).not.toBe(before);
  });
});
