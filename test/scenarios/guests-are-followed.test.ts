import { expect, it } from 'vitest';
import type { Host } from '../host/index.ts';
import { onEachSystemd } from './world.ts';

const BRIDGES = 'nspawnd-guest@*.service';

/** Waits for what the daemon says of `web`. */
function becomes(host: Host, property: string, value: string): Promise<string> {
  return host.waitForProperty<string>({
    destination: 'org.nixos.nspawn1',
    path: '/org/nixos/nspawn1/container/web',
    interface: 'org.nixos.nspawn1.Container',
    property,
    until: now => String(now) === value,
  });
}

onEachSystemd('a guest that is up', get => {
  const fails = (host: Host, unit: string) =>
    host.run(['systemd-run', '-M', 'web', '-q', `--unit=${unit}`, '/bin/false']);
  const inGuest = (host: Host, ...command: string[]) => host.run(['systemctl', '-M', 'web', ...command]);
  const bridges = async (host: Host) =>
    (await host.sh(`systemctl list-units --no-legend --plain '${BRIDGES}' | cut -d' ' -f1`)).trim();
  let invocation = '';

  it('begins well', async () => {
    const scenario = get();
    await scenario.begin();
    invocation = await scenario.invocation('web');
  });

  it('is degraded when a unit of it fails later, and neither restarted nor rolled back', async () => {
    const { host, container, settle } = get();
    const { running } = await container('web');
    await fails(host, 'late');
    await becomes(host, 'State', 'degraded');
    expect(await container('web')).toMatchObject({
      ...{ state: 'degraded', reason: 'runs the desired system; failed units: late.service' },
      ...{ guestState: 'degraded', failedUnits: ['late.service'] },
      ...{ running, lastGood: running, quarantined: [] },
    });
    await fails(host, 'later');
    await becomes(host, 'FailedUnits', 'late.service,later.service');
    expect(await settle('web')).toBe(0);
    expect(await get().invocation('web')).toBe(invocation);
  });

  it('is running again when its units are', async () => {
    const { host } = get();
    await inGuest(host, 'reset-failed', 'late.service');
    await becomes(host, 'FailedUnits', 'later.service');
    await inGuest(host, 'reset-failed');
    await becomes(host, 'State', 'running');
    expect(await get().container('web')).toMatchObject({ guestState: 'running', failedUnits: [] });
  });

  it('is heard of what happened while no daemon was there, which also knows when it was updated', async () => {
    const { host } = get();
    const updated = async () =>
      (await host.sh("nspawnctl status web --json | jq '.[].updatedTimestamp'")).trim();
    const before = await updated();
    expect(before).toMatch(/^[1-9]\d{15}$/);
    await host.run(['systemctl', 'stop', 'nspawnd']);
    await fails(host, 'unheard');
    await host.run(['systemctl', 'start', 'nspawnd']);
    await becomes(host, 'State', 'degraded');
    expect(await updated()).toBe(before);
    await inGuest(host, 'reset-failed');
    await becomes(host, 'State', 'running');
  });

  it('is heard again after the connection to it was lost', async () => {
    const { host } = get();
    await host.run(['systemctl', 'stop', BRIDGES]);
    await fails(host, 'lost');
    await becomes(host, 'State', 'degraded');
    await inGuest(host, 'daemon-reexec');
    await inGuest(host, 'reset-failed');
    await becomes(host, 'State', 'running');
    expect(await get().invocation('web')).toBe(invocation);
  });

  it('has one connection, also after an update, and none when it is down', async () => {
    const { host, deploy, settle } = get();
    using removed = await host.watchSignals({ sender: 'org.freedesktop.systemd1', member: 'UnitRemoved' });
    const gone = (bridge: string) => removed.next(({ body }) => body[0] === bridge);
    const before = await bridges(host);
    expect(before).toMatch(/^nspawnd-guest@[^\n]+$/);
    await deploy('web', '2');
    expect(await settle('web')).toBe(0);
    await gone(before);
    const after = await bridges(host);
    expect(after).toMatch(/^nspawnd-guest@[^\n]+$/);
    expect(after).not.toBe(before);
    await host.run(['nspawnctl', 'stop', 'web']);
    await gone(after);
    expect(await bridges(host)).toBe('');
  });

  it('without a bus is asked once how it is, and not followed', async () => {
    const { host, deploy, declare, settle } = get();
    using made = await host.watchSignals({ sender: 'org.freedesktop.systemd1', member: 'UnitNew' });
    await deploy('small', '1', 'tiny');
    await declare('small');
    expect(await settle('small')).toBe(0);
    // A connection after the first answer would have been asked for by the second.
    await host.run(['nspawnctl', 'restart', 'small']);
    expect(made.seen.filter(({ body }) => /^nspawnd-guest@/.test(String(body[0])))).toHaveLength(2);
  });
});
