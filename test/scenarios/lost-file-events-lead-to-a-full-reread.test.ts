import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('the daemon reads everything again', get => {
  it('when the kernel dropped file events', { timeout: 120_000 }, async () => {
    const { host, declare, deploy, settle, versionIn } = get();
    await deploy('web', '1');
    await declare('web');
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('web')).toBe(0);
    const next = await host.guest({ name: 'web', version: '2', kind: 'healthy' });

    const limit = Number(await host.read('/proc/sys/fs/inotify/max_queued_events'));
    await host.kill('nspawnd.service', 'STOP');
    // More events than fit, and only then the one that matters.
    await host.sh(`cd /nix/var/nix/profiles
seq -f noise-%.0f 1 ${limit + 1000} | xargs touch
seq -f noise-%.0f 1 ${limit + 1000} | xargs rm
ln -s ${next} .new; mv -T .new web`);
    const updated = await host.watchSignals({ sender: 'org.nixos.nspawn1', member: 'UpdateFinished' });
    await host.kill('nspawnd.service', 'CONT');
    expect((await updated.next()).body).toEqual(['web', expect.any(String), next, 'done']);
    expect(await versionIn('web')).toBe(next);
  });

  it('when a directory on the way to a profile is replaced', async () => {
    const { host, declare, settle, versionIn } = get();
    const [one, two] = await Promise.all(
      ['one', 'two'].map(version => host.guest({ name: 'web', version, kind: 'healthy' })),
    );
    await host.sh(
      `mkdir -p /srv/way/a /srv/way/b; ln -s ${one} /srv/way/a/system; ln -s ${two} /srv/way/b/system`,
    );
    await host.sh('mv /srv/way/a /srv/way/current');
    await declare('web', { path: '/srv/way/current/system' });
    expect(await settle('web')).toBe(0);
    expect(await versionIn('web')).toBe(one);

    const updated = await host.watchSignals({ sender: 'org.nixos.nspawn1', member: 'UpdateFinished' });
    await host.sh('cd /srv/way; mv -T --exchange b current 2>/dev/null || { mv current old; mv b current; }');
    expect((await updated.next()).body).toEqual(['web', one, two, 'done']);

    // And the new directory is watched in its turn.
    await host.sh(`ln -sfn ${one} /srv/way/current/system`);
    expect((await updated.next()).body).toEqual(['web', two, one, 'done']);
  });

  it('when the directory of declarations is replaced, and on reload when a link above it is swapped', async () => {
    const { host, settle, container } = get();
    const declaration = await host.read('/etc/nspawnd/containers/web.json');
    await host.sh(
      'mv /etc/nspawnd/containers /etc/nspawnd/old; cp -a /etc/nspawnd/old /etc/nspawnd/containers',
    );
    await host.write('/etc/nspawnd/containers/added.json', declaration.replace('{', '{"autoStart":false,'));
    const bus = await host.bus();
    await bus.waitForProperty({
      destination: 'org.nixos.nspawn1',
      path: '/org/nixos/nspawn1/container/added',
      interface: 'org.nixos.nspawn1.Container',
      property: 'State',
      until: state => state === 'stopped',
    });

    // As NixOS lays them out: each file a link through /etc/static, which is swapped as a whole.
    await host.sh(`mkdir -p /srv/etc-1 /srv/etc-2; cp /etc/nspawnd/containers/added.json /srv/etc-1/
sed 's/"autoStart":false/"autoStart":false,"limits":{"MemoryMax":"1G"}/' /srv/etc-1/added.json >/srv/etc-2/added.json
ln -s /srv/etc-1 /etc/static; ln -sfn /etc/static/added.json /etc/nspawnd/containers/added.json`);
    await host.run(['systemctl', 'reload', 'nspawnd']);
    const dropIn = '/run/systemd/system/systemd-nspawn@added.service.d/50-nspawnd.conf';
    expect(await host.read(dropIn)).not.toContain('MemoryMax');
    await host.sh('ln -sfn /srv/etc-2 /etc/static');
    await host.run(['systemctl', 'reload', 'nspawnd']);
    expect(await host.read(dropIn)).toContain('MemoryMax=1G');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
  });
});
