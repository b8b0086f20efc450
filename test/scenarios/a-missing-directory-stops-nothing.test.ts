import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const DIRECTORY = '/etc/nspawnd/containers';

onEachSystemd('a directory of declarations that is missing', get => {
  it('leaves what it held in force: machines run, and follow their profiles', async () => {
    const { host, declare, deploy, settle, container, invocation } = get();
    for (const name of ['web', 'db']) {
      await deploy(name, '1', 'tiny');
      await declare(name);
    }
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle()).toBe(0);
    const db = await invocation('db');

    await host.sh(`mv ${DIRECTORY} /srv/away`);
    expect(await settle()).toBe(0);
    expect(await container('db')).toMatchObject({ state: 'running' });
    const next = await deploy('web', '2', 'tiny');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', booted: next });
    expect(await invocation('db')).toBe(db);
    expect(await host.journal('nspawnd')).toMatch(`${DIRECTORY} does not exist: what is known`);
  });

  it('stops nothing when the daemon is started without it, which says so and waits', async () => {
    const { host, settle, container, invocation } = get();
    const [web, db] = [await invocation('web'), await invocation('db')];
    await host.run(['systemctl', 'restart', 'nspawnd']);
    await settle();
    expect(await container('web')).toMatchObject({
      state: 'invalid',
      reason: `cannot tell whether it is still declared: ${DIRECTORY} does not exist (nspawnctl reload, if it is gone for good)`,
    });
    expect([await invocation('web'), await invocation('db')]).toEqual([web, db]);
    // Nor is it there again, empty.
    await host.run(['test', '!', '-e', DIRECTORY]);
    expect((await host.run(['nspawnctl', 'wait', 'other'], { reject: false })).stderr).toContain(
      'no container "other"',
    );

    await host.sh(`mv /srv/away ${DIRECTORY}`);
    expect(await settle()).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
    expect([await invocation('web'), await invocation('db')]).toEqual([web, db]);
  });

  it('is watched again when it is back: a file in it that goes is gone', async () => {
    const { host, undeclare, settle } = get();
    await undeclare('db');
    await host.waitForUnit('systemd-nspawn@db.service', 'inactive');
    expect(await settle()).toBe(0);
    expect(await host.sh('nspawnctl list --json')).not.toContain('"db"');
  });

  it('keeps a machine whose declaration is a link to nothing, and says so', async () => {
    const { host, settle, container, invocation } = get();
    const web = await invocation('web');
    // In one step: a moment without the file is a declaration that is gone.
    await host.sh(`cp ${DIRECTORY}/web.json /srv/web.json
      ln -s /srv/gone.json ${DIRECTORY}/.new; mv -T ${DIRECTORY}/.new ${DIRECTORY}/web.json`);
    await settle('web');
    expect(await container('web')).toMatchObject({
      state: 'invalid',
      reason: `${DIRECTORY}/web.json is a link to something that does not exist`,
    });
    expect(await invocation('web')).toBe(web);
    await host.sh(`mv /srv/web.json ${DIRECTORY}/web.json`);
    expect(await settle('web')).toBe(0);
  });

  it('takes its containers with it once a reload says that it is gone', async () => {
    const { host, settle } = get();
    await host.sh(`mv ${DIRECTORY} /srv/away`);
    expect(await settle()).toBe(0);
    await host.run(['nspawnctl', 'reload']);
    await host.waitForUnit('systemd-nspawn@web.service', 'inactive');
    await settle();
    expect(JSON.parse(await host.sh('nspawnctl list --json'))).toEqual([]);
    expect(await host.sh('ls -A /var/lib/machines /nix/var/nix/gcroots/nspawnd | grep web || :')).toBe('');

    // And is as good as new when it is back after all.
    using machines = await host.watchSignals({
      ...{ sender: 'org.freedesktop.machine1', interface: 'org.freedesktop.machine1.Manager' },
      member: 'MachineNew',
    });
    await host.sh(`mv /srv/away ${DIRECTORY}`);
    await machines.next();
    expect(await settle('web')).toBe(0);
  });
});
