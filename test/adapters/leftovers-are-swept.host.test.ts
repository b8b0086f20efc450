import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unitOf } from '../../src/model/name.ts';
import { bootWithRepository, program, report } from '../bus/programs.ts';
import { type Host, suites } from '../host/index.ts';
import { place, prepare } from '../render/machines.ts';

const MACHINES = '/var/lib/machines';
/** As a name and 16 digits more: what is left of it looks like what is left of `web`, and longer. */
const LONGER = 'web0123456789abcdef';

const IMMUTABLE = 0x10;

describe.each(suites)('roots that nspawn of %s left behind', { timeout: 60_000 }, suite => {
  let host: Host;

  beforeAll(async () => {
    host = await bootWithRepository(suite);
    const facts = await prepare(host);
    // A guest with a read-only directory of a shifted user: since 258 nspawn fails to remove it at a clean stop.
    await host.sh(
      `install -d -m 0555 ${MACHINES}/odd/usr/read-only; touch ${MACHINES}/odd/usr/read-only/file`,
    );
    for (const name of ['web', LONGER, 'odd']) await place(host, facts, name, {}, { start: false });
    await host.sh(
      'sed -i s/PrivateUsersOwnership=.*/PrivateUsersOwnership=chown/ /run/systemd/nspawn/odd.nspawn',
    );
    await host.run(['systemctl', 'start', ...['web', LONGER, 'odd'].map(unitOf)]);
  }, 300_000);
  afterAll(() => host.stop());

  test('are swept when nspawn was killed, while the machine that runs again keeps its root', async () => {
    const killed = await left('web');
    expect(killed).toHaveLength(2);
    expect(await sweep('web')).toEqual([]);
    using machines = await host.watchSignals({ sender: 'org.freedesktop.machine1', member: 'MachineNew' });
    await host.kill(unitOf('web'));
    await machines.next();
    await host.waitForUnit(unitOf('web'), 'active');

    const both = await left('web');
    const running = both.filter(path => !killed.includes(path));
    expect(running).toHaveLength(2);
    expect(await report(host, leftovers('stale', 'web', LONGER, 'odd', 'we'))).toEqual({
      web: expect.toSatisfy((paths: string[]) => paths.toSorted().join() === killed.join()),
    });
    expect(await sweep('web')).toEqual(killed);
    expect(await left('web')).toEqual(running);
    expect(await host.sh(`machinectl show web -p RootDirectory --value`)).toContain(`${MACHINES}/.#`);
  });

  test('are swept when a clean stop could not remove them', async () => {
    await host.run(['systemctl', 'stop', unitOf('odd')]);
    const after = await left('odd');
    expect(after).toHaveLength(suite === 'trixie' ? 0 : 1);
    expect(await sweep('odd')).toEqual(after);
    expect(await left('odd')).toEqual([]);
  });

  test('belong to the name before the last 16 digits, and to no other', async () => {
    const longer = await left(LONGER);
    expect(longer).toHaveLength(2);
    expect((await left('web')).filter(path => longer.includes(path))).toEqual([]);
    await host.sh(
      `cd ${MACHINES}; mkdir .#machine.web .#machine.web0123 .#snapshot.web0123456789ABCDEF .#x.web0`,
    );
    for (const name of ['we', 'w', 'eb']) expect(await sweep(name)).toEqual([]);
    await host.run(['systemctl', 'stop', unitOf('web')]);
    await sweep('web');
    expect(await left('web')).toEqual([]);
    expect(await left(LONGER)).toEqual(longer);
    expect(await host.sh(`ls -d ${MACHINES}/.#*web ${MACHINES}/.#*web0* | wc -l`)).toBe('6');
    expect(await host.sh(`machinectl show ${LONGER} -p State --value`)).toBe('running');
  });

  test('are removed without following links, and left when something is mounted in them', async () => {
    const tree = `${MACHINES}/.#machine.web00000000000000aa`;
    await host.sh(`
      mkdir -p /srv/kept ${tree}/mounted ${tree}/read-only; touch /srv/kept/file
      ln -s /srv/kept ${tree}/link; ln -s /srv/kept/file ${tree}/read-only/link
      chmod 0 ${tree}/read-only; chown -R 700000:700000 ${tree}; mount --bind /srv/kept ${tree}/mounted`);
    expect(await sweep('web')).toEqual([]);
    await host.run(['umount', `${tree}/mounted`]);
    expect(await sweep('web')).toEqual([tree]);
    expect(await host.sh('ls /srv/kept')).toBe('file');
  });

  test('which cannot be removed are named, and the others are removed', async () => {
    const first = `${MACHINES}/.#machine.web00000000000000aa`;
    await host.sh(`mkdir -p ${first} ${MACHINES}/.#machine.web00000000000000bb; touch ${first}/fixed`);
    await setFlags(`${first}/fixed`, IMMUTABLE);
    expect(await sweep('web')).toEqual([
      `cannot remove ${first}: rm: cannot remove '${first}/fixed': Operation not permitted`,
    ]);
    expect(await left('web')).toEqual([first]);
    await setFlags(`${first}/fixed`, 0);
    expect(await sweep('web')).toEqual([first]);
  });

  /** As chattr(1), which the hosts don't have, does with FS_IOC_SETFLAGS. */
  async function setFlags(path: string, flags: number): Promise<void> {
    const script = 'open F, "<", $ARGV[0]; $f = pack "L!", $ARGV[1]; ioctl(F, 0x40086602, $f) or die $!';
    await host.run(['perl', '-e', script, path, String(flags)]);
  }

  async function left(name: string): Promise<string[]> {
    return (await report(host, leftovers('of', name))) as string[];
  }

  /** Within the sandbox of the daemon. */
  async function sweep(name: string): Promise<string[]> {
    const sandbox = ['ProtectSystem=strict', 'ReadWritePaths=/run /var/lib/machines', 'PrivateTmp=yes'];
    const capabilities = 'CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER';
    const properties = [...sandbox, capabilities].flatMap(property => ['-p', property]);
    return (await report(host, [
      ...['systemd-run', '--quiet', '--pipe', '--wait', '--collect', ...properties],
      ...leftovers('sweep', name),
    ])) as string[];
  }
});

function leftovers(...args: string[]): string[] {
  return program('adapters/programs/leftovers.ts', ...args);
}
