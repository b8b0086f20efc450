import { expect, it } from 'vitest';
import { becomes, onEachSystemd } from './world.ts';

const BRIDGED = { network: { bridge: 'br9' } };
const ADD_BRIDGE = 'ip link add br9 type bridge; ip link set br9 up';

onEachSystemd('a machine that systemd-nspawn cannot set up', get => {
  it('for a bridge that is missing is tried until that is there, at its first start', async () => {
    const { host, deploy, declare, settle, container } = get();
    await deploy('web', '1');
    await declare('web', BRIDGED);
    await host.run(['systemctl', 'enable', '--now', 'nspawnd']);
    expect(await settle('web')).toBe(3);
    const failed = await container('web');
    expect(failed).toMatchObject({ state: 'failed', quarantined: [], machine: '/' });
    expect(failed.reason).toMatch(
      /^cannot start systemd-nspawn@web\.service: systemd-nspawn could not set the machine up: .*br9: No such device$/,
    );
    await host.sh(ADD_BRIDGE);
    await becomes(get(), 'web', 'running');
  });

  it('and when the host has booted, though its system was good before', async () => {
    const { host, settle, container } = get();
    const { running } = await container('web');
    await host.reboot();
    expect(await settle('web')).toBe(3);
    expect(await container('web')).toMatchObject({ state: 'failed', quarantined: [], lastGood: running });
    await host.sh(ADD_BRIDGE);
    await becomes(get(), 'web', 'running');
    expect(await container('web')).toMatchObject({ quarantined: [], running });
  });

  it('with new units is back with the units that were good', async () => {
    const { host, declare, settle, container, invocation } = get();
    const before = await invocation('web');
    await declare('web', { network: { bridge: 'br10' } });
    expect(await settle('web')).toBe(3);
    expect(await container('web')).toMatchObject({ state: 'rolled-back' });
    expect(await invocation('web')).not.toBe(before);
    await declare('web', BRIDGED);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', quarantined: [] });
    await host.run(['ip', 'link', 'delete', 'br9']);
  });

  it('is tried again also where it is what a failed update returns to', async () => {
    const { host, deploy, container } = get();
    const { running: good } = await container('web');
    // The machine runs on without the bridge; what comes next can't be set up.
    const bad = await deploy('web', '2', 'dies-at-once');
    await becomes(get(), 'web', 'failed');
    expect((await container('web')).quarantined).toEqual([bad]);
    await host.sh(ADD_BRIDGE);
    await becomes(get(), 'web', 'rolled-back');
    expect(await container('web')).toMatchObject({ running: good, quarantined: [bad] });
    await host.run(['ip', 'link', 'delete', 'br9']);
  });

  it('is told from a guest that dies at its first start', async () => {
    const { deploy, declare, settle, container } = get();
    const bad = await deploy('dead', '1', 'dies-at-once');
    await declare('dead');
    expect(await settle('dead')).toBe(3);
    expect(await container('dead')).toMatchObject({ state: 'failed', quarantined: [bad] });
  });

  it('is told from a system whose init cannot be executed', async () => {
    const { host, declare, settle, container } = get();
    await host.sh(`mkdir /tmp/broken; printf '#!/no/shell\\n' >/tmp/broken/init; chmod 755 /tmp/broken/init
      nix-env -p /nix/var/nix/profiles/broken --set "$(nix-store --add /tmp/broken)"`);
    await declare('broken');
    expect(await settle('broken')).toBe(3);
    const { state, quarantined } = await container('broken');
    expect([state, quarantined.length]).toEqual(['failed', 1]);
  });
});
