import { expect, it } from 'vitest';
import { onEachSystemd, type Scenario } from './world.ts';

const NOBODY = { user: 65534, reject: false };

/** Root in the guest makes a program of the bind mount a setuid program of root. */
async function makeSetuid({ host }: Scenario, name: string): Promise<void> {
  const script = 'cp /data/id /data/gift; chmod 4755 /data/gift';
  await host.run(['systemd-run', '-M', name, '--wait', '-q', 'sh', '-c', script]);
}

async function hazardsOf({ host }: Scenario, name: string): Promise<string[]> {
  const { stdout } = await host.run(['nspawnctl', 'status', '--json', name]);
  return (JSON.parse(stdout) as { hazards: string[] }[])[0]?.hazards ?? [];
}

onEachSystemd('a setuid file that a guest makes in a bind mount', get => {
  it('gives root to a user of the host who can reach it, of which everything warns', async () => {
    const { host, deploy, declare, settle } = get();
    await host.sh('install -d -m 0755 /srv/app; cp /usr/bin/id /srv/app/id');
    await deploy('open', '1');
    await declare('open', { binds: { '/data': { hostPath: '/srv/app' } } });
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('open')).toBe(0);
    await makeSetuid(get(), 'open');
    expect((await host.run(['/srv/app/gift', '-u'], NOBODY)).stdout).toBe('0');

    const hazard =
      'binds."/data": every user of the host can run setuid programs that root in the guest puts into "/srv/app", and so become root; keep it below a directory that belongs to root and has mode 0700, or on a file system mounted with nosuid';
    expect(await hazardsOf(get(), 'open')).toEqual([hazard]);
    expect((await host.run(['nspawnctl', 'status', 'open'])).stdout).toContain(`Hazard: ${hazard}`);
    const file = '/etc/nspawnd/containers/open.json';
    expect(await host.run(['nspawnctl', 'check', file])).toEqual({
      ...{ stdout: '', exitCode: 0 },
      stderr: `nspawnctl: warning: ${file}: ${hazard}`,
    });
    await host.run(['nspawnctl', 'restart', 'open']);
    await host.run(['nspawnctl', 'reload']);
    const logged = (await host.journal('nspawnd')).split('\n').filter(line => line.includes('open: hazard:'));
    expect(logged).toHaveLength(1);
  });

  it('is out of reach below a directory of mode 0700, and nothing warns', async () => {
    const { host, deploy, declare, settle } = get();
    await host.sh(
      'install -d -m 0700 /srv/containers; install -d /srv/containers/app; cp /usr/bin/id /srv/containers/app/id',
    );
    await deploy('shut', '1');
    await declare('shut', { binds: { '/data': { hostPath: '/srv/containers/app' } } });
    expect(await settle('shut')).toBe(0);
    await makeSetuid(get(), 'shut');
    expect(await host.sh('stat -c "%a %u" /srv/containers/app/gift')).toBe('4755 0');
    expect((await host.run(['/srv/containers/app/gift', '-u'], NOBODY)).exitCode).not.toBe(0);
    expect(await hazardsOf(get(), 'shut')).toEqual([]);
    expect(await host.run(['nspawnctl', 'check', '/etc/nspawnd/containers/shut.json'])).toEqual({
      ...{ stdout: '', stderr: '', exitCode: 0 },
    });
    expect(await host.journal('nspawnd')).not.toContain('shut: hazard');
  });

  it('has no effect on a file system mounted with nosuid, and nothing warns', async () => {
    const { host, deploy, declare, settle } = get();
    await host.sh(
      'mkdir /srv/plain; mount -t tmpfs -o nosuid,mode=755 tmpfs /srv/plain; cp /usr/bin/id /srv/plain/id',
    );
    await deploy('nosuid', '1');
    await declare('nosuid', { binds: { '/data': { hostPath: '/srv/plain' } } });
    expect(await settle('nosuid')).toBe(0);
    await makeSetuid(get(), 'nosuid');
    expect((await host.run(['/srv/plain/gift', '-u'], NOBODY)).stdout).toBe('65534');
    expect(await hazardsOf(get(), 'nosuid')).toEqual([]);
  });

  it('is warned of no longer once the way to it is closed', async () => {
    const { host } = get();
    await host.sh('install -d -m 0700 /srv/closed; mv /srv/app /srv/closed/app; ln -s closed/app /srv/app');
    await host.run(['nspawnctl', 'reload']);
    await host.waitForProperty<string[]>({
      destination: 'org.nixos.nspawn1',
      path: '/org/nixos/nspawn1/container/open',
      interface: 'org.nixos.nspawn1.Container',
      property: 'Hazards',
      until: value => value.length === 0,
    });
    expect((await host.run(['/srv/app/gift', '-u'], NOBODY)).exitCode).not.toBe(0);
  });
});

onEachSystemd('a guest with a writable bind of what controls the host', get => {
  it('is warned of', async () => {
    const { host, deploy, declare, settle } = get();
    await deploy('own', '1');
    await declare('own', { binds: { '/profiles': { hostPath: '/nix/var/nix/profiles' } } });
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('own')).toBe(0);
    expect(await hazardsOf(get(), 'own')).toEqual([
      'binds."/profiles": root in the guest can become root on the host: it can write profiles and the database of Nix (/nix/var)',
    ]);
  });

  it('inside another one gets at anything by a link, of which it is warned', async () => {
    const { host, deploy, declare, settle } = get();
    await host.sh('install -d -m 0700 /srv/containers; mkdir -p /srv/containers/app/more');
    await deploy('nest', '1');
    const binds = {
      '/data': { hostPath: '/srv/containers/app' },
      '/more': { hostPath: '/srv/containers/app/more' },
    };
    await declare('nest', { binds });
    expect(await settle('nest')).toBe(0);
    const inGuest = (script: string) =>
      host.run(['systemd-run', '-M', 'nest', '--wait', '--pipe', '-q', 'sh', '-c', script]);
    await inGuest('rmdir /data/more; ln -s /srv/controls /data/more');
    await host.sh('mkdir /srv/controls');
    await host.run(['nspawnctl', 'restart', 'nest']);
    await inGuest('touch /more/owned');
    expect(await host.sh('stat -c %u /srv/controls/owned')).toBe('0');
    expect(await hazardsOf(get(), 'nest')).toEqual([
      'binds."/more": root in the guest can become root on the host: "/srv/containers/app/more" lies in the source of binds."/data", where it can be replaced by a link to anything on the host',
    ]);
  });
});
