import { expect, it } from 'vitest';
import { becomes, onEachSystemd, type Scenario } from './world.ts';

const SECRET = 'echo secret >$1/secret; chmod 0400 $1/secret';

/** What a shell of the guest says. */
async function inGuest({ host }: Scenario, name: string, script: string): Promise<string> {
  return host.sh(`systemd-run -M ${name} --wait --pipe -q sh -c '${script}' 2>&1 || true`);
}

onEachSystemd('a bind mount', get => {
  it('from a ramfs waits, with the reason, until a tmpfs is mounted there', async () => {
    const { host, deploy, declare, settle, container } = get();
    await host.sh(`mkdir -m 700 /srv/secrets; mount -t ramfs none /srv/secrets
      set -- /srv/secrets; ${SECRET}`);
    await deploy('ram', '1');
    await declare('ram', { binds: { '/keys': { hostPath: '/srv/secrets', readOnly: true } } });
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('ram')).toBe(3);
    const waiting = await container('ram');
    expect(waiting).toMatchObject({ state: 'waiting', quarantined: [], machine: '/' });
    expect(waiting.reason).toBe(
      'cannot bind binds."/keys": "/srv/secrets" is on ramfs, which cannot be mounted with mapped owners; move it to a file system that can (tmpfs, ext4, btrfs, xfs), or set its options to ["noidmap"], and its files belong to nobody in the guest',
    );
    expect((await host.run(['systemctl', 'is-active', 'systemd-nspawn@ram'], { reject: false })).stdout).toBe(
      'inactive',
    );

    await host.sh(`umount /srv/secrets; mount -t tmpfs -o mode=700 tmpfs /srv/secrets
      set -- /srv/secrets; ${SECRET}`);
    await becomes(get(), 'ram', 'running');
    expect(await inGuest(get(), 'ram', 'stat -c %u /keys/secret; cat /keys/secret')).toBe('0\nsecret');
  });

  it('from a ramfs is mounted unmapped where the declaration says so', async () => {
    const { host, deploy, declare, settle } = get();
    await host.sh(`mkdir /srv/plain; mount -t ramfs none /srv/plain; set -- /srv/plain; ${SECRET}
      echo anybody >/srv/plain/open`);
    await deploy('plain', '1');
    await declare('plain', { binds: { '/keys': { hostPath: '/srv/plain', options: ['noidmap'] } } });
    expect(await settle('plain')).toBe(0);
    const seen = await inGuest(
      get(),
      'plain',
      'stat -c %u /keys/secret; cat /keys/open; cat /keys/secret || echo no',
    );
    expect(seen).toMatch(/^65534\nanybody\n.*\nno$/);
  });

  it('from an overlay leaves the machine that runs alone, and says so', async () => {
    const { host, deploy, declare, settle, container, invocation } = get();
    await deploy('over', '1');
    await declare('over');
    expect(await settle('over')).toBe(0);
    const before = await invocation('over');
    await host.sh('mkdir -p /opt/over');
    await declare('over', { binds: { '/data': { hostPath: '/opt/over' } } });
    await becomes(get(), 'over', 'waiting');
    const desired = await deploy('over', '2');
    await settle('over');
    const waiting = await container('over');
    expect(waiting).toMatchObject({ state: 'waiting', desired, quarantined: [] });
    expect(waiting.reason).toContain('"/opt/over" is on overlay, which');
    expect(await invocation('over')).toBe(before);
    const refused = await host.run(['nspawnctl', 'restart', 'over'], { reject: false });
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('is on overlay')]);
  });

  it('of a tree of several mounts waits, and is mounted without those below if they are left out', async () => {
    const { host, deploy, declare, settle, container } = get();
    await host.sh('mkdir -p /srv/tree/below; echo top >/srv/tree/top; mount -t tmpfs tmpfs /srv/tree/below');
    await deploy('tree', '1');
    await declare('tree', { binds: { '/data': { hostPath: '/srv/tree' } } });
    expect(await settle('tree')).toBe(3);
    const waiting = await container('tree');
    expect([waiting.state, waiting.reason]).toEqual([
      'waiting',
      expect.stringContaining('"/srv/tree/below" is mounted below "/srv/tree"'),
    ]);
    await declare('tree', { binds: { '/data': { hostPath: '/srv/tree', options: ['norbind'] } } });
    expect(await settle('tree')).toBe(0);
    expect(await inGuest(get(), 'tree', 'cat /data/top')).toBe('top');
  });

  it('of nothing waits until it is there, and holds it against no system', async () => {
    const { host, deploy, declare, settle, container, invocation } = get();
    await deploy('none', '1');
    await declare('none', { binds: { '/data': { hostPath: '/srv/not/yet' } } });
    expect(await settle('none')).toBe(3);
    const reason = 'the source of binds."/data" does not exist on the host: "/srv/not/yet"';
    expect(await container('none')).toMatchObject({ state: 'waiting', reason, quarantined: [] });
    await host.sh('mkdir -p /srv/not/yet; echo here >/srv/not/yet/file');
    await becomes(get(), 'none', 'running');
    expect(await inGuest(get(), 'none', 'cat /data/file')).toBe('here');

    const before = await invocation('none');
    await host.run(['mv', '/srv/not', '/srv/away']);
    const next = await deploy('none', '2');
    await becomes(get(), 'none', 'waiting');
    expect(await invocation('none')).toBe(before);
    await host.run(['mv', '/srv/away', '/srv/not']);
    await becomes(get(), 'none', 'running');
    expect(await container('none')).toMatchObject({ running: next, quarantined: [] });
  });

  it('of nothing is not awaited where only the daemon cannot see it', async () => {
    const { host, deploy, declare, settle } = get();
    await host.sh('mkdir -m 755 /tmp/shown; echo here >/tmp/shown/file');
    await deploy('tmp', '1');
    await declare('tmp', { binds: { '/data': { hostPath: '/tmp/shown', readOnly: true } } });
    expect(await settle('tmp')).toBe(0);
    expect(await inGuest(get(), 'tmp', 'cat /data/file')).toBe('here');
  });

  it('whose source goes at the last moment condemns no system either', async () => {
    const { host, deploy, declare, settle, container } = get();
    await host.sh('mkdir -p /srv/fleeting');
    const good = await deploy('late', '1');
    await declare('late', { binds: { '/data': { hostPath: '/srv/fleeting' } } });
    expect(await settle('late')).toBe(0);
    // Between the look and the job: when the machine is down already, before it is started again.
    await host.sh(`mkdir -p /run/systemd/system/systemd-nspawn@late.service.d
      printf '[Service]\\nExecStartPre=/bin/rmdir /srv/fleeting\\n' \
        >/run/systemd/system/systemd-nspawn@late.service.d/10-fleeting.conf
      systemctl daemon-reload`);
    const next = await deploy('late', '2');
    await becomes(get(), 'late', 'waiting');
    await settle('late');
    expect(await container('late')).toMatchObject({
      state: 'waiting',
      desired: next,
      lastGood: good,
      quarantined: [],
    });
    await host.sh(
      'rm -r /run/systemd/system/systemd-nspawn@late.service.d/10-fleeting.conf; systemctl daemon-reload',
    );
    await host.run(['mkdir', '/srv/fleeting']);
    await becomes(get(), 'late', 'running');
    expect(await container('late')).toMatchObject({ running: next, quarantined: [] });
  });
});
