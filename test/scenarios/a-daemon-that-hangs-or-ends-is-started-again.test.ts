import { expect, it } from 'vitest';
import type { Host } from '../host/index.ts';
import { onEachSystemd } from './world.ts';

const DROP_IN = '/run/systemd/system/nspawnd.service.d/watchdog.conf';
const UNIT = '/org/freedesktop/systemd1/unit/nspawnd_2eservice';

/** The daemon's process, once it is another one than `before` and up. */
async function anotherDaemon(host: Host, before: number): Promise<number> {
  const pid = await host.waitForProperty<number>({
    destination: 'org.freedesktop.systemd1',
    path: UNIT,
    interface: 'org.freedesktop.systemd1.Service',
    property: 'MainPID',
    until: value => value !== before && value !== 0,
    deadlineMs: 60_000,
  });
  await host.waitForUnit('nspawnd.service', 'active');
  return pid;
}

async function shown(host: Host, property: string): Promise<string> {
  return (await host.run(['systemctl', 'show', '-P', property, 'nspawnd'])).stdout.trim();
}

onEachSystemd('a daemon that', get => {
  it('runs has few ways to do harm', async () => {
    const { host, begin } = get();
    await begin();
    await host.run(['systemd-analyze', 'security', '--no-pager', '--threshold=13', 'nspawnd.service']);
  });

  it('does not hang is left alone, also when PID 1 is re-executed', async () => {
    const { host } = get();
    // Within half a minute, as it is installed. Here it need not take so long.
    expect(await shown(host, 'WatchdogUSec')).toBe('25s');
    await host.write(DROP_IN, '[Service]\nWatchdogSec=1s\n');
    const before = Number(await shown(host, 'MainPID'));
    await host.sh('systemctl daemon-reload; systemctl restart nspawnd; systemctl daemon-reexec');
    const pid = await anotherDaemon(host, before);
    // PID 1 hears of it again and again, for longer than it may be silent.
    await host.run(['systemctl', 'log-level', 'debug']);
    const beat = 'nspawnd.service: Got notification message.*WATCHDOG=1';
    await host.sh(`grep -m 8 "${beat}" < <(timeout 60 journalctl -f -n 0 -o cat _PID=1)`);
    await host.run(['systemctl', 'log-level', 'info']);
    expect(await shown(host, 'MainPID')).toBe(String(pid));
  });

  it('hangs is killed and started again, and no machine with it', async () => {
    const { host, invocation, container, settle } = get();
    const machine = await invocation('web');
    const before = Number(await shown(host, 'MainPID'));
    // A process that stands still runs no signal handler: SIGABRT would wait for it.
    await host.run(['kill', '-STOP', String(before)]);
    await anotherDaemon(host, before);
    expect(await shown(host, 'NRestarts')).toBe('1');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
    expect(await invocation('web')).toBe(machine);
  });

  it('ends well though nobody stopped it is started again', async () => {
    const { host, invocation } = get();
    const machine = await invocation('web');
    const before = Number(await shown(host, 'MainPID'));
    // What systemd does to a service that loses its name on the bus.
    await host.run(['kill', '-TERM', String(before)]);
    await anotherDaemon(host, before);
    expect(await invocation('web')).toBe(machine);
    await host.run(['systemctl', 'stop', 'nspawnd']);
    await host.waitForUnit('nspawnd.service', 'inactive');
    expect(await invocation('web')).toBe(machine);
  });
});
