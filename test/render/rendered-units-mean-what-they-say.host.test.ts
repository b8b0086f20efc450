import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isMachineName } from '../../src/model/name.ts';
import type { HostFacts } from '../../src/render/render.ts';
import { bootHost, type Host, suites } from '../host/index.ts';
import { complaints, leaderOf, place, prepare, property } from './machines.ts';

const LONG = 'a-machine-with-a-name-too-long-for-an-interface';
const ODD = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../fixtures/binds-with-special-characters/declaration.json'),
    'utf8',
  ),
);

/** Brings the guest's end up, and waits for the address that router advertisements bring. */
const UP_AND_ADDRESSED =
  'exec 3< <(ip -6 monitor address dev host0); ip link set host0 up; grep -m1 -o " fd[0-9a-f:]*" <&3 | tr -d " "';

/** Asks for a lease once a second at most, takes it and prints the address. */
const ONE_LEASE = '-i host0 -n -q -t 20 -T 1 -s /srv/lease 2>/dev/null';
const LEASE_SCRIPT = `#!/bin/sh
case $1 in
deconfig) ip link set host0 up ;;
bound) ip address add "$ip/$mask" dev host0 && echo "$ip" ;;
esac
`;

describe.each(suites)('systemd of %s', { timeout: 60_000 }, suite => {
  let host: Host;
  let facts: HostFacts;

  beforeAll(async () => {
    host = await bootHost({ suite, guests: false });
    facts = await prepare(host);
    await host.write('/srv/lease', LEASE_SCRIPT, 0o755);
  }, 300_000);

  afterAll(async () => {
    const found = await complaints(host);
    await host.stop();
    expect(found).toEqual([]);
  });

  test('mounts paths with any special character, each from its own source', async () => {
    const binds = Object.entries(ODD.binds as Record<string, { hostPath?: string; readOnly?: boolean }>);
    for (const [path, { hostPath = path }] of binds) await host.write(`${hostPath}/id`, hostPath);
    await place(host, facts, 'odd', { binds: ODD.binds });
    const leader = await leaderOf(host, 'odd');
    for (const [path, { hostPath = path, readOnly = false }] of binds) {
      expect(await host.read(`/proc/${leader}/root${path}/id`)).toBe(hostPath);
      expect([path, await mountOptions(leader, path)]).toEqual([path, readOnly ? 'ro' : 'rw']);
    }
  });

  test("makes guest root an unprivileged user of the host, and the store's owner in the guest", async () => {
    await place(host, facts, 'picked', {});
    const leader = await leaderOf(host, 'picked');
    const uid = Number(await host.sh(`stat -c %u /proc/${leader}`));
    expect(uid).toBeGreaterThanOrEqual(65_536);
    expect(Number(await host.sh(`stat -c %u /proc/${leader}/root/nix/store`))).toBe(uid);
  });

  test('gives a fixed user range', async () => {
    await place(host, facts, 'fixed', { userNamespace: '655360:131072' });
    expect(await uidMap('fixed')).toEqual(['0', '655360', '131072']);
  });

  test('starts without a user namespace only when told so', async () => {
    await place(host, facts, 'plain', { userNamespace: 'no' });
    expect(await uidMap('plain')).toEqual(['0', '0', '4294967295']);
  });

  test('reads time-outs, restart and start limits of the drop-in', async () => {
    await place(host, facts, 'timed', { activation: { timeout: '2min 500ms' } }, { start: false });
    expect(await property(host, 'timed', 'TimeoutStartUSec')).toBe('2min 500ms');
    expect(await property(host, 'timed', 'TimeoutStopUSec')).toBe('30s');
    expect(await property(host, 'timed', 'Restart')).toBe('on-failure');
    expect(await property(host, 'timed', 'StartLimitBurst')).toBe('8');
  });

  test('reads limits, and applies changed ones to the running unit with a daemon-reload', async () => {
    await place(host, facts, 'limited', {
      limits: {
        MemoryMax: '1.5G',
        TasksMax: 77,
        CPUQuota: '50%',
        DeviceAllow: ['/dev/kvm rw'],
        IPAddressDeny: '10.9.0.0/16',
      },
    });
    const invocation = await property(host, 'limited', 'InvocationID');
    expect(await property(host, 'limited', 'MemoryMax')).toBe(String(1.5 * 2 ** 30));
    expect(await property(host, 'limited', 'TasksMax')).toBe('77');
    expect(await property(host, 'limited', 'CPUQuotaPerSecUSec')).toBe('500ms');
    expect(await property(host, 'limited', 'DeviceAllow')).toContain('/dev/kvm rw');
    expect(await property(host, 'limited', 'IPAddressDeny')).toBe('10.9.0.0/16');
    await place(host, facts, 'limited', { limits: { TasksMax: 66 } }, { start: false });
    expect(await property(host, 'limited', 'TasksMax')).toBe('66');
    expect(await property(host, 'limited', 'MemoryMax')).toBe('infinity');
    expect(await property(host, 'limited', 'InvocationID')).toBe(invocation);
  });

  test('configures a link by our file, also when its name had to be shortened', async () => {
    for (const name of ['linked', LONG]) {
      await place(host, facts, name, {});
      const shown = await host.sh(`networkctl status -n0 ve-${name}`);
      expect(shown).toContain(`/run/systemd/network/70-nspawnd-ve-${name}.network`);
    }
  });

  test('gives both ends of a link an address of the same IPv6 prefix, or the addresses declared', async () => {
    const own = { Network: { Address: ['10.77.1.1/24'], Description: '100% $x "q" \\t #h ;s' } };
    await place(host, facts, 'addressed', { network: { veth: { config: { host: own } } } });
    const leader = await leaderOf(host, 'addressed');
    const guests = await host.run([
      'nsenter',
      '-n',
      '-t',
      `${leader}`,
      'timeout',
      '20',
      'bash',
      '-c',
      UP_AND_ADDRESSED,
    ]);
    const shown = await host.sh('ip -br address show ve-addressed');
    expect(shown).toContain('10.77.1.1/24');
    expect(shown).toContain(` ${guests.stdout.split(':', 4).join(':')}:`);
    expect(shown).not.toMatch(/192\.168|\/28/);
  });

  test('connects a zone, a bridge and further interfaces', async () => {
    await host.sh('ip link add br7 type bridge; for i in 0 1; do ip link add x$i type veth peer y$i; done');
    await place(host, facts, 'zoned', { network: { veth: { zone: 'twelve-chars' } } });
    expect(await host.sh('ip -br link show master vz-twelve-chars')).toContain('vb-zoned');
    await place(host, facts, 'bridged', {
      network: { bridge: 'br7', macvlan: ['x0'], interfaces: ['x1:inner'] },
    });
    expect(await host.sh('ip -br link show master br7')).toContain('vb-bridged');
    const inner = await host.sh(`nsenter -n -t ${await leaderOf(host, 'bridged')} ip -br link`);
    expect(inner).toMatch(/^host0@/m);
    expect(inner).toMatch(/^mv-x0@/m);
    expect(inner).toMatch(/^inner@/m);
  });

  test("sets up a zone's bridge by its members' files, and leases them addresses from it", async () => {
    const own = { Network: { Address: ['10.78.1.1/24'] }, DHCPServer: { PoolOffset: 100, PoolSize: 50 } };
    const network = { veth: { zone: 'shop', config: { host: own } } };
    const leases: string[] = [];
    for (const name of ['member-1', 'member-2']) {
      await place(host, facts, name, { network });
      const leader = await leaderOf(host, name);
      leases.push(await host.sh(`nsenter -n -t ${leader} busybox udhcpc ${ONE_LEASE}`));
    }
    expect(await host.sh('networkctl status -n0 vz-shop')).toMatch(/70-nspawnd-ve-member-[12]\.network/);
    const bridge = await host.sh('ip -br address show vz-shop');
    expect(bridge).toContain('10.78.1.1/24');
    expect(bridge).not.toMatch(/192\.168|\/28/);
    expect(leases).toEqual([
      expect.stringMatching(/^10\.78\.1\.1\d\d$/),
      expect.stringMatching(/^10\.78\.1\.1\d\d$/),
    ]);
    const first = await leaderOf(host, 'member-1');
    for (const address of ['10.78.1.1', leases[1]])
      await host.sh(`nsenter -n -t ${first} busybox ping -c1 -W10 ${address}`);
    await host.sh(`busybox ping -c1 -W10 ${leases[0]}`);
  });

  test("shares the host's network when told so, and otherwise never", async () => {
    await place(host, facts, 'shared', { network: { host: true } });
    await place(host, facts, 'alone', { network: { veth: { enable: false } } });
    const net = async (pid: number | string) => host.sh(`readlink /proc/${pid}/ns/net`);
    expect(await net(await leaderOf(host, 'shared'))).toBe(await net(1));
    const alone = await leaderOf(host, 'alone');
    expect(await net(alone)).not.toBe(await net(1));
    expect(await host.sh(`nsenter -n -t ${alone} ip -br link | cut -d' ' -f1`)).toBe('lo');
  });

  test('takes raw settings as they are written in a .nspawn file', async () => {
    const Exec = { Environment: ['A=%i#;$x', '"B=two words"'], Hostname: 'other' };
    await place(host, facts, 'raw', { settings: { Exec } });
    const leader = await leaderOf(host, 'raw');
    const environment = (await host.read(`/proc/${leader}/environ`)).split('\0');
    expect(environment).toEqual(expect.arrayContaining(['A=%i#;$x', 'B=two words']));
    expect(await host.sh(`nsenter -u -t ${leader} hostname`)).toBe('other');
  });

  test('comes back after nspawn was killed', async () => {
    await place(host, facts, 'killed', {});
    const before = await property(host, 'killed', 'InvocationID');
    using watch = await host.watchSignals({ sender: 'org.freedesktop.machine1', member: 'MachineNew' });
    await host.run(['kill', '-9', await property(host, 'killed', 'MainPID')]);
    await watch.next(signal => signal.body[0] === 'killed');
    await host.waitForUnit('systemd-nspawn@killed.service', 'active');
    expect(await property(host, 'killed', 'InvocationID')).not.toBe(before);
    expect(await property(host, 'killed', 'NRestarts')).toBe('1');
  });

  test('ends a boot that hangs at its time-out, and the next start works at once', async () => {
    await place(host, facts, 'late', { activation: { timeout: '2s' } }, { start: false });
    await host.sh('sed -i s/Restart=.*/Restart=no/ /run/systemd/system/systemd-nspawn@late.service.d/*');
    await host.sh('sed -i.good s,/init$,/hang, /run/systemd/nspawn/late.nspawn; systemctl daemon-reload');
    const began = performance.now();
    await expect(host.run(['systemctl', 'start', 'systemd-nspawn@late'])).rejects.toThrow();
    // TimeoutStopSec= is 30 s.
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await property(host, 'late', 'Result')).toBe('timeout');
    await host.sh('mv /run/systemd/nspawn/late.nspawn.good /run/systemd/nspawn/late.nspawn');
    await host.run(['systemctl', 'start', 'systemd-nspawn@late']);
    expect(await property(host, 'late', 'ActiveState')).toBe('active');
  });

  test.each([
    'web',
    'Web-2',
    'a.b-c',
    '1',
    'x'.repeat(64),
    'x'.repeat(65),
    'a_b',
    'a..b',
    '-a',
    'a-',
    'web.',
    'ü',
  ])('agrees on whether %s is a machine name', async name => {
    const { stderr } = await host.run(['systemd-nspawn', `--machine=${name}`, '-D', '/nonexistent', 'true'], {
      reject: false,
    });
    expect(!/Invalid machine name/.test(stderr)).toBe(isMachineName(name));
  });

  async function uidMap(name: string): Promise<string[]> {
    return (await host.read(`/proc/${await leaderOf(host, name)}/uid_map`)).trim().split(/\s+/);
  }

  async function mountOptions(leader: number, path: string): Promise<string | undefined> {
    const escaped = path.replaceAll(/[\s\\]/g, one => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
    const mounts = (await host.read(`/proc/${leader}/mountinfo`)).split('\n').map(line => line.split(' '));
    return mounts.find(fields => fields[4] === escaped)?.[5]?.slice(0, 2);
  }
});
