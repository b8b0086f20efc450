import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const UNIT = 'systemd-nspawn@web.service';
const DROP_IN = `/run/systemd/system/${UNIT}.d/50-nspawnd.conf`;
const SYSTEMD = { sender: 'org.freedesktop.systemd1', interface: 'org.freedesktop.systemd1.Manager' };

onEachSystemd('changed limits of a machine that runs', get => {
  const shown = async (...properties: string[]) => {
    const { stdout } = await get().host.run(['systemctl', 'show', '-p', properties.join(), UNIT]);
    return Object.fromEntries(stdout.split('\n').map(line => line.split('=')));
  };

  it('begins with a machine that has limits', async () => {
    const { host, declare, deploy, settle } = get();
    await deploy('web', '1', 'tiny');
    await declare('web', { limits: { TasksMax: 500 } });
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('web')).toBe(0);
    expect(await shown('TasksMax')).toEqual({ TasksMax: '500' });
  });

  it('apply at once, without a restart or a daemon-reload, and stand in the drop-in', async () => {
    const { host, declare, settle, invocation } = get();
    const before = await invocation('web');
    using reloads = await host.watchSignals({ ...SYSTEMD, member: 'Reloading' });
    await declare('web', { limits: { TasksMax: 600, CPUWeight: 50 } });
    expect(await settle('web')).toBe(0);
    expect(await shown('TasksMax', 'CPUWeight', 'NeedDaemonReload')).toEqual({
      TasksMax: '600',
      CPUWeight: '50',
      NeedDaemonReload: 'no',
    });
    expect(await invocation('web')).toBe(before);
    expect(reloads.seen).toEqual([]);
    expect(await host.read(DROP_IN)).toMatch(/^TasksMax=600$/m);
    expect((await host.run(['nspawnctl', 'plan', '--json'])).stdout.trim()).toBe('[]');
  });

  it('hold at the next start', async () => {
    const { host, invocation } = get();
    const before = await invocation('web');
    await host.run(['nspawnctl', 'restart', 'web']);
    expect(await invocation('web')).not.toBe(before);
    expect(await shown('TasksMax', 'CPUWeight')).toEqual({ TasksMax: '600', CPUWeight: '50' });
  });

  it('go with the declaration, as the template has it, still without a restart', async () => {
    const { declare, settle, invocation } = get();
    const before = await invocation('web');
    await declare('web', {});
    expect(await settle('web')).toBe(0);
    expect(await shown('TasksMax', 'CPUWeight')).toEqual({ TasksMax: '16384', CPUWeight: '[not set]' });
    expect(await invocation('web')).toBe(before);
  });

  it('come together with units that need a restart, in one', async () => {
    const { host, declare, settle, invocation } = get();
    const before = await invocation('web');
    await host.sh('mkdir -p /srv/data');
    using jobs = await host.watchSignals({ ...SYSTEMD, member: 'JobRemoved' });
    await declare('web', { limits: { TasksMax: 700 }, binds: { '/srv/data': {} } });
    expect(await settle('web')).toBe(0);
    expect(await shown('TasksMax')).toEqual({ TasksMax: '700' });
    expect(await invocation('web')).not.toBe(before);
    expect(jobs.seen.filter(({ body }) => body[2] === UNIT)).toHaveLength(1);
  });
});
