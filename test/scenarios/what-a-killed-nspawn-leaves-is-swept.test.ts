import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const UNIT = 'systemd-nspawn@web.service';
const FOREIGN = '/var/lib/machines/.#machine.other0123456789abcdef';

onEachSystemd('the ephemeral root of a killed nspawn', get => {
  const roots = async () =>
    (await get().host.sh('cd /var/lib/machines; ls -d .#machine.* .#snapshot.* 2>/dev/null | sort || :'))
      .split('\n')
      .filter(line => line !== '');

  it('is swept when the machine is back, and no other', async () => {
    const { host, deploy, declare, settle } = get();
    await deploy('web', '1', 'tiny');
    await declare('web');
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('web')).toBe(0);
    await host.sh(`mkdir '${FOREIGN}'`);
    const [before = ''] = (await roots()).filter(root => root.includes('.web'));
    expect(before).toMatch(/^\.#\w+\.web[0-9a-f]{16}$/);

    using machines = await host.watchSignals({ sender: 'org.freedesktop.machine1', member: 'MachineNew' });
    await host.kill(UNIT, 'KILL');
    await machines.next();
    await using log = host.spawn(['journalctl', '-f', '-n', '100', '-o', 'cat', '-t', 'nspawnd']);
    for await (const line of log.process) if (String(line).includes('web: sweep: removed')) break;
    const left = await roots();
    expect(left).not.toContain(before);
    expect(left.filter(root => root.includes('.web'))).toHaveLength(1);
    expect(left).toContain(FOREIGN.slice('/var/lib/machines/'.length));
    expect(await settle('web')).toBe(0);
    await host.waitForUnit(UNIT, 'active');
  });
});
