import { expect, it } from 'vitest';
import { Variant } from '../../src/adapters/bus/bus.ts';
import { onEachSystemd } from './world.ts';

const ROOT = '/org/nixos/nspawn1';
const WEB = `${ROOT}/container/web`;
const DEST = 'org.nixos.nspawn1';
const MANAGER = 'org.nixos.nspawn1.Manager';
const CONTAINER = 'org.nixos.nspawn1.Container';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

onEachSystemd('on the system bus', get => {
  it('begins with two declarations, one of them broken', async () => {
    const { host, declare, deploy, settle } = get();
    await deploy('web', '1');
    await declare('web');
    await declare('1.x-y', { path: 3 });
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle()).toBe(3);
  });

  it('busctl tree and both introspectors show the objects and every member', async () => {
    const { host } = get();
    const tree = (await host.run(['busctl', 'tree', '--list', DEST])).stdout.split('\n');
    expect(tree).toContain(WEB);
    expect(tree).toContain(`${ROOT}/container/_31_2ex_2dy`);
    for (const command of [
      ['busctl', 'introspect', DEST],
      ['gdbus', 'introspect', '--system', '--dest', DEST, '--object-path'],
    ]) {
      const manager = (await host.run([...command, ROOT])).stdout;
      for (const member of [
        'ListContainers',
        'GetContainer',
        'Plan',
        'Reload',
        'Start',
        'Stop',
        'Restart',
        'Retry',
        'Rollback',
        'Hold',
        'Unhold',
        'WaitSettled',
        'Version',
        'State',
        'NContainers',
        'NFailed',
        'LastReconcileTimestamp',
        'UpdateStarted',
        'UpdateFinished',
        'GetManagedObjects',
        'InterfacesAdded',
      ]) {
        expect(manager).toContain(member);
      }
      const container = (await host.run([...command, WEB])).stdout;
      for (const member of [
        'Name',
        'State',
        'Reason',
        'Unit',
        'Machine',
        'Profile',
        'Desired',
        'Booted',
        'Running',
        'LastGood',
        'Quarantined',
        'Held',
        'GuestState',
        'FailedUnits',
        'Strategy',
        'AutoStart',
        'UpdatedTimestamp',
        'UpdateUSec',
        'StateTimestamp',
        'Start',
        'Stop',
        'Restart',
        'Retry',
        'Rollback',
        'Hold',
        'Unhold',
      ]) {
        expect(container).toContain(member);
      }
    }
  });

  it('properties say what is so', async () => {
    const { host } = get();
    const property = async (path: string, iface: string, name: string) =>
      (await host.run(['busctl', 'get-property', DEST, path, iface, name])).stdout.trim();
    expect(await property(ROOT, MANAGER, 'NContainers')).toBe('u 2');
    expect(await property(ROOT, MANAGER, 'NFailed')).toBe('u 1');
    expect(await property(ROOT, MANAGER, 'State')).toBe('s "degraded"');
    expect(await property(ROOT, MANAGER, 'Version')).toMatch(/^s "\d+\.\d+\.\d+"$/);
    expect(await property(WEB, CONTAINER, 'Unit')).toBe('s "systemd-nspawn@web.service"');
    expect(await property(WEB, CONTAINER, 'Machine')).toBe('o "/org/freedesktop/machine1/machine/web"');
    const updated = BigInt((await property(WEB, CONTAINER, 'UpdatedTimestamp')).slice(2));
    const age = BigInt(Date.now()) * 1000n - updated;
    expect(age > 0n && age < 600_000_000n, `updated ${age} µs ago`).toBe(true);
  });

  const mistakes: [string, [string, string, string, string?, unknown[]?], string][] = [
    ['an unknown object', [`${ROOT}/container/nope`, CONTAINER, 'Start'], 'UnknownObject'],
    ['an unknown interface', [WEB, 'org.nixos.Nope', 'Start'], 'UnknownInterface'],
    ['an unknown method', [WEB, CONTAINER, 'Nope'], 'UnknownMethod'],
    ['wrong arguments', [ROOT, MANAGER, 'Start', 'u', [1]], 'InvalidArgs'],
    ['an unknown property', [WEB, PROPERTIES, 'Get', 'ss', [CONTAINER, 'Nope']], 'UnknownProperty'],
    [
      'a read-only property',
      [WEB, PROPERTIES, 'Set', 'ssv', [CONTAINER, 'State', new Variant('s', 'running')]],
      'PropertyReadOnly',
    ],
  ];
  for (const [what, call, error] of mistakes) {
    it(`${what} gets ${error}`, async () => {
      const { bus } = await get().host.bus();
      const answer = bus.call(DEST, ...call);
      await expect(answer).rejects.toMatchObject({ code: `org.freedesktop.DBus.Error.${error}` });
    });
  }

  it('an unknown container gets NoSuchContainer', async () => {
    const { host } = get();
    const { bus } = await host.bus();
    for (const method of ['GetContainer', 'Start', 'Stop', 'Restart', 'Retry', 'Hold', 'Unhold']) {
      const answer = bus.call(DEST, ROOT, MANAGER, method, 's', ['nope']);
      await expect(answer).rejects.toMatchObject({ code: 'org.nixos.nspawn1.Error.NoSuchContainer' });
    }
    await expect(bus.call(DEST, ROOT, MANAGER, 'Start', 's', ['1.x-y'])).rejects.toMatchObject({
      code: 'org.nixos.nspawn1.Error.InvalidDeclaration',
      message: expect.stringContaining('path'),
    });
  });

  it('signals tell an update from beginning to end, and objects that come and go', async () => {
    const { host, deploy, declare, undeclare, settle, container } = get();
    const from = (await container('web')).desired;
    const started = await host.watchSignals({ sender: DEST, interface: MANAGER, member: 'UpdateStarted' });
    const finished = await host.watchSignals({ sender: DEST, interface: MANAGER, member: 'UpdateFinished' });
    const states = await host.watchSignals({
      sender: DEST,
      path: WEB,
      interface: PROPERTIES,
      member: 'PropertiesChanged',
    });
    const to = await deploy('web', '2');
    expect(await settle('web')).toBe(0);
    expect((await started.next()).body).toEqual(['web', from, to, 'restart']);
    expect((await finished.next()).body).toEqual(['web', from, to, 'done']);
    expect((await states.next()).body).toMatchObject([CONTAINER, { State: 'updating' }, []]);

    const added = await host.watchSignals({ sender: DEST, path: ROOT, member: 'InterfacesAdded' });
    const removed = await host.watchSignals({ sender: DEST, path: ROOT, member: 'InterfacesRemoved' });
    await declare('off', { path: '/nix/var/nix/profiles/web', autoStart: false });
    expect((await added.next()).body[0]).toBe(`${ROOT}/container/off`);
    await undeclare('off');
    expect((await removed.next()).body).toEqual([
      `${ROOT}/container/off`,
      expect.arrayContaining([CONTAINER]),
    ]);
  });

  it('Plan shows what would be done and does nothing', async () => {
    const { host, container } = get();
    expect((await host.run(['busctl', 'call', DEST, ROOT, MANAGER, 'Plan'])).stdout.trim()).toBe('a(sss) 0');
    expect(await container('web')).toMatchObject({ state: 'running' });
  });
});
