import { expect, it } from 'vitest';
import { onEachSystemd, type Scenario } from './world.ts';

const DAEMON = 'nspawnd.service';
const NSPAWN1 = {
  destination: 'org.nixos.nspawn1',
  path: '/org/nixos/nspawn1',
  interface: 'org.nixos.nspawn1.Manager',
};

/** Waits until a daemon other than that of `before` answers on the bus. */
async function daemonIsBack({ host }: Scenario, before: number): Promise<void> {
  await host.waitForProperty({
    ...NSPAWN1,
    property: 'State',
    until: value => value !== 'starting',
  });
  expect(await host.pidOf(DAEMON)).not.toBe(before);
}

/** Waits also until everybody, we as well, has noticed: there is another bus. */
async function busIsKilled({ host }: Scenario): Promise<void> {
  await host.kill('dbus.service', 'KILL');
  await host.sh('until busctl status org.freedesktop.systemd1; do :; done >/dev/null 2>&1');
}

/** What is done to the host, while the profile of `web` is flipped in the middle of it. */
const upheavals: [string, (scenario: Scenario, flip: () => Promise<string>) => Promise<string>][] = [
  [
    'kill -9 of the daemon',
    async (scenario, flip) => {
      const pid = await scenario.host.pidOf(DAEMON);
      await scenario.host.kill(DAEMON, 'STOP');
      const next = await flip();
      await scenario.host.kill(DAEMON, 'KILL');
      await daemonIsBack(scenario, pid);
      return next;
    },
  ],
  [
    'a restart of the daemon',
    async (scenario, flip) => {
      const pid = await scenario.host.pidOf(DAEMON);
      await scenario.host.run(['systemctl', 'stop', DAEMON]);
      const next = await flip();
      await scenario.host.run(['systemctl', 'start', DAEMON]);
      await daemonIsBack(scenario, pid);
      return next;
    },
  ],
  [
    'kill -9 of the message bus',
    async (scenario, flip) => {
      const pid = await scenario.host.pidOf(DAEMON);
      await scenario.host.kill('dbus.service', 'KILL');
      const next = await flip();
      await daemonIsBack(scenario, pid);
      return next;
    },
  ],
  [
    'a restart of systemd-machined',
    async ({ host }, flip) => {
      await host.run(['systemctl', 'stop', 'systemd-machined']);
      const next = await flip();
      await host.run(['systemctl', 'start', 'systemd-machined']);
      return next;
    },
  ],
  [
    'a restart of systemd-networkd',
    async ({ host }, flip) => {
      await host.run(['systemctl', 'restart', 'systemd-networkd']);
      return flip();
    },
  ],
  [
    'systemctl daemon-reload',
    async ({ host }, flip) => {
      await host.run(['systemctl', 'daemon-reload']);
      return flip();
    },
  ],
  [
    'systemctl daemon-reexec',
    async ({ host, settle }, flip) => {
      const pid = await host.pidOf(DAEMON);
      await host.run(['systemctl', 'daemon-reexec']);
      const next = await flip();
      await settle();
      expect(await host.pidOf(DAEMON)).toBe(pid);
      return next;
    },
  ],
];

onEachSystemd('machines stay up, and a flip made meanwhile is applied, over', get => {
  for (const [upheaval, cause] of upheavals) {
    it(upheaval, { timeout: 120_000 }, async () => {
      const scenario = get();
      const { host, declare, deploy, settle, invocation, versionIn } = scenario;
      for (const name of ['web', 'db']) {
        await deploy(name, `before ${upheaval}`.replaceAll(' ', '-'));
        await declare(name);
      }
      await host.run(['systemctl', 'start', DAEMON]);
      expect(await settle()).toBe(0);
      const [web, db] = [await invocation('web'), await invocation('db')];

      const toplevel = await host.guest({
        name: 'web',
        version: `after ${upheaval}`.replaceAll(' ', '-'),
        kind: 'healthy',
      });
      const next = await cause(scenario, async () => {
        await host.setProfile('web', toplevel);
        return toplevel;
      });
      expect(await settle()).toBe(0);
      expect(await versionIn('web')).toBe(next);
      expect(await invocation('web')).not.toBe(web);
      expect(await invocation('db')).toBe(db);

      // Nothing is left to do, and nothing more is done.
      expect((await host.run(['nspawnctl', 'plan', '--json'])).stdout.trim()).toBe('[]');
      const after = await invocation('web');
      await host.run(['systemctl', 'restart', DAEMON]);
      expect(await settle()).toBe(0);
      expect(await invocation('web')).toBe(after);
      expect(await invocation('db')).toBe(db);
    });
  }

  it('and no update fails although systemd-nspawn has lost the bus', async () => {
    const { host, declare, deploy, settle, container } = get();
    // More than one, for it is a matter of luck when machined hears of the end of a machine.
    const names = ['one', 'two', 'three', 'four'];
    for (const name of names) {
      await deploy(name, '1', 'tiny');
      await declare(name);
    }
    await host.run(['systemctl', 'start', DAEMON]);
    expect(await settle()).toBe(0);
    const pid = await host.pidOf(DAEMON);
    await busIsKilled(get());
    await daemonIsBack(get(), pid);
    for (const name of names) await deploy(name, '2', 'tiny');
    expect(await settle()).toBe(0);
    for (const name of names)
      expect(await container(name)).toMatchObject({ state: 'running', quarantined: [] });
    // A machined that does not know that they have ended would keep them from starting, or stop them.
    const grep = "already exists|nspawn@.* has 'start' job queued, but 'stop'";
    expect(await host.run(['journalctl', '-q', `--grep=${grep}`], { reject: false })).toMatchObject({
      stdout: '',
    });
  });

  it('and host links are set up although systemd-networkd has lost the bus', async () => {
    const { host, declare, deploy, settle } = get();
    await host.run(['systemctl', 'start', DAEMON]);
    const pid = await host.pidOf(DAEMON);
    await busIsKilled(get());
    await daemonIsBack(get(), pid);
    const onBus = await host.run(['busctl', 'status', 'org.freedesktop.network1'], { reject: false });
    expect(onBus.exitCode).not.toBe(0);
    await deploy('api', '1');
    await declare('api', {
      network: { veth: { config: { host: { Network: { Address: ['10.231.7.1/24'] } } } } },
    });
    expect(await settle('api')).toBe(0);
    await host.run(['/usr/lib/systemd/systemd-networkd-wait-online', '-i', 've-api', '--timeout=20']);
    expect(await host.sh('ip -4 -o address show dev ve-api')).toContain(' 10.231.7.1/24 ');
  });
});
