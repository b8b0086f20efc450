import { expect, it } from 'vitest';
import { onEachSystemd } from './world.ts';

const RESTART = { activation: { timeout: '30s' } };
const DYNAMIC = { activation: { strategy: 'dynamic', timeout: '30s' } };
const SYSCTLS = 'sysctl.d/60-nixos.conf';
const PING = 'net.ipv4.ping_group_range=0 2147483647\n';
const EXCUSE =
  'systemd-sysctl.service (net.ipv4.ping_group_range = "0 2147483647" cannot be set in a user namespace, "0 65535" can)';

onEachSystemd('a guest as NixOS makes it', get => {
  let good = '';

  it('comes up without our module, and what cannot work in it is told and held against nobody', async () => {
    const { host, deploy, declare, settle, container } = get();
    good = await deploy('web', '1', 'nixos');
    await declare('web', RESTART);
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({
      ...{ state: 'degraded', running: good, lastGood: good, quarantined: [], guestState: 'degraded' },
      reason: `runs the desired system; failed units: ${EXCUSE}`,
      failedUnits: ['systemd-sysctl.service'],
    });
  });

  it('is as NixOS is', async () => {
    const { host } = get();
    const inside = (script: string) =>
      host
        .sh(`systemd-run -M web --wait --pipe -q --expand-environment=no /bin/sh -c '${script}'`)
        .then(text => text.trim());
    expect(await inside('for link in current-system booted-system; do readlink /run/$link; done')).toBe(
      `${good}\n${good}`,
    );
    expect(
      await inside('for link in static systemd/system sysctl.d/60-nixos.conf; do readlink /etc/$link; done'),
    ).toBe(`${good}/etc\n/etc/static/systemd/system\n/etc/static/sysctl.d/60-nixos.conf`);
    expect(await inside('cat /run/current-system/nixos-version')).toBe('1');
    expect(await inside('systemctl is-active firewall logrotate-checkconf')).toBe('active\nactive');
  });

  it('is running when it sets what can be set', async () => {
    const { deploy, settle, container } = get();
    const etc = { [SYSCTLS]: 'net.ipv4.ping_group_range=0 65535\n' };
    good = await deploy('web', 'with-our-module', 'nixos', { etc });
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', reason: 'runs the desired system' });
  });

  it.each([
    ['another-setting', `${PING}net.ipv4.ip_default_ttl=0\n`],
    ['wrong-value', 'net.ipv4.ping_group_range=all\n'],
  ])('whose sysctls fail for %s is rolled back', async (version, text) => {
    const { deploy, settle, container } = get();
    const bad = await deploy('web', version, 'nixos', { etc: { [SYSCTLS]: text } });
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'rolled-back', running: good, quarantined: [bad] });
    expect(web.reason).toContain('failed units: systemd-sysctl.service');
    expect(web.evidence.join('\n')).toMatch(
      /^systemd-sysctl\.service: Couldn't write .*: Invalid argument$/m,
    );
  });

  it('is switched to live with what cannot work in it, too', async () => {
    const { declare, deploy, settle, container, invocation } = get();
    await declare('web', DYNAMIC);
    await settle('web');
    const before = await invocation('web');
    const units = { 'app.service': '[Service]\nExecStart=/bin/sleep infinity\n' };
    good = await deploy('web', '2', 'nixos', { units });
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({
      ...{ state: 'degraded', running: good, lastGood: good, failedUnits: ['systemd-sysctl.service'] },
    });
    expect(await invocation('web')).toBe(before);
  });

  it('to which a switch fails is told by the line that names what failed, and all it said is kept', async () => {
    const { host, deploy, settle, container } = get();
    const service = (lines: number) =>
      `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'seq ${lines}; exit 1'\n`;
    const units = { 'app.service': service(60), 'broken.service': service(3) };
    const bad = await deploy('web', '3', 'nixos', { units });
    expect(await settle('web')).toBe(3);
    const web = await container('web');
    expect(web).toMatchObject({ state: 'rolled-back', running: good, quarantined: [bad] });
    expect(web.reason).toMatch(
      /its switch-to-configuration ended with status 4: warning: the following units failed: app\.service, broken\.service;/,
    );
    expect(web.evidence.length).toBeGreaterThan(10);
    expect(web.evidence.length).toBeLessThanOrEqual(40);
    const journal = await host.journal('nspawnd');
    expect(journal).toContain('web: | restarting the following units: ');
    expect(journal).toContain('web: | warning: the following units failed: ');
    expect(journal).toContain('web: | × broken.service');
    // Also after the host was booted anew, and its guest's journal is long gone.
    await host.run(['systemctl', 'restart', 'nspawnd']);
    expect(await settle('web')).toBe(3);
    expect((await container('web')).evidence).toEqual(web.evidence);
  });
});
