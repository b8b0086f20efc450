import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

onEachSystemd('a system that does not come up', get => {
  let good = '';
  it('begins with two good machines', async () => {
    const { host, declare, deploy, settle } = get();
    for (const name of ['db', 'web']) {
      good = await deploy(name, '1');
      await declare(name, { activation: { timeout: '10s' } });
    }
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle()).toBe(0);
  });

  for (const kind of ['dies-at-once', 'hangs-in-boot'] as const) {
    it(`because it ${kind.replaceAll('-', ' ')} is tried once, gives way to the last good one, and a good one mends it`, {
      timeout: 120_000,
    }, async () => {
      const { host, deploy, settle, container, invocation, versionIn } = get();
      const db = await invocation('db');
      const bad = await deploy('web', kind, kind);
      expect(await settle('web')).toBe(3);
      const back = await container('web');
      expect([back.state, back.reason]).toEqual(['rolled-back', expect.stringContaining(bad)]);
      expect(back).toMatchObject({ running: good, lastGood: good, quarantined: [bad] });
      expect(await versionIn('web')).toBe(good);
      const rolledBack = await invocation('web');
      const jobs = (await host.journal('nspawnd'))
        .split('\n')
        .filter(
          line =>
            line.includes(`"to":"${bad}"`) && line.includes('"action":"restart"') && !line.includes('"ms"'),
        );
      expect(jobs).toHaveLength(1);

      await host.run(['systemctl', 'restart', 'nspawnd']);
      expect(await settle('web')).toBe(3);
      expect(await invocation('web')).toBe(rolledBack);

      good = await deploy('web', `after-${kind}`);
      expect(await settle('web')).toBe(0);
      expect(await versionIn('web')).toBe(good);
      expect(await invocation('db')).toBe(db);
    });
  }

  it('because a path of its closure is gone from the store gives way to the last good one', async () => {
    const { host, settle, container, invocation } = get();
    const db = await invocation('db');
    const activation = 'cat /run/current-system/application || exit 1';
    const bad = await host.guest({ name: 'web', version: 'half', extra: { activation } });
    await host.sh(`rm "$(readlink ${bad}/application)"`);
    await host.setProfile('web', bad);
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'rolled-back', running: good, lastGood: good, quarantined: [bad] });
    expect(web.reason).toContain('/run/current-system/application');
    expect(await invocation('db')).toBe(db);
    await host.setProfile('web', good);
    expect(await settle('web')).toBe(0);
  });

  it('is waited for when its init cannot be executed', async () => {
    const { host, settle, container, invocation } = get();
    const before = await invocation('web');
    await host.sh(`mkdir /tmp/dull; echo '#!/bin/sh' >/tmp/dull/init
      nix-env -p /nix/var/nix/profiles/web --set "$(nix-store --add /tmp/dull)"`);
    await settle('web');
    const { state, reason } = await container('web');
    expect([state, reason]).toEqual(['waiting', expect.stringContaining('no executable init')]);
    expect(await invocation('web')).toBe(before);
  });

  it('at its first start leaves nothing behind', async () => {
    const { host, declare, deploy, settle } = get();
    await deploy('api', '1', 'hangs-in-boot');
    await using log = host.spawn(['journalctl', '-f', '-n', '300', '-o', 'cat', '-t', 'nspawnd']);
    await declare('api', { activation: { timeout: '2s' } });
    expect(await settle('api')).toBe(3);
    for await (const line of log.process) if (String(line).includes('api: sweep: removed')) break;
    expect(await host.sh('ls -A /var/lib/machines')).not.toMatch(/\.api[0-9a-f]{16}/);
  });

  it('is waited for when it is no system, and leaves the machine running', async () => {
    const { host, settle, container, invocation } = get();
    const before = await invocation('web');
    await host.sh(
      'mkdir -p /tmp/empty; nix-env -p /nix/var/nix/profiles/web --set "$(nix-store --add /tmp/empty)"',
    );
    await settle('web');
    const { state, reason } = await container('web');
    expect([state, reason]).toEqual(['waiting', expect.stringContaining('no executable init (none there)')]);
    expect(await invocation('web')).toBe(before);
  });
});
