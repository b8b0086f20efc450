import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unitPath } from './bus.ts';
import { bootHost, type GuestKind, type Host, type Suite, suites } from './index.ts';
import { cgroupRoot } from './requirements.ts';

const STATE = '/run/nspawnd-test';

describe.each(suites)('a throwaway host of %s', suite => {
  const name = `library-${suite}`;
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ suite, name });
  });
  afterAll(async () => {
    await host.stop();
  });

  it('runs systemd as PID 1, and Node 24', async () => {
    expect((await host.run(['systemctl', 'is-system-running'])).stdout).toBe('running');
    expect((await host.run(['node', '--version'])).stdout).toMatch(/^v24\./);
    expect((await host.run(['hostname'])).stdout).toBe(name);
  });

  it('tells a failing command by its exit code and its words', async () => {
    const failed = await host.run(['ls', '/nope'], { reject: false });
    expect([failed.exitCode, failed.stderr]).toEqual([2, expect.stringContaining('/nope')]);
    await expect(host.run(['ls', '/nope'])).rejects.toThrow('/nope');
  });

  it('kills a command that takes too long', async () => {
    await expect(host.run(['sleep', '4711'], { timeoutMs: 200 })).rejects.toThrow('within 200 ms');
    expect((await host.run(['pgrep', '-f', 'sleep 4711'], { reject: false })).stdout).toBe('');
  });

  it('runs commands as another user', async () => {
    expect((await host.run(['id', '-u'], { user: 65534 })).stdout).toBe('65534');
    expect((await host.run(['id', '-un'], { user: 'systemd-network' })).stdout).toBe('systemd-network');
  });

  it('writes, reads and copies in, through links that are absolute in the host', async () => {
    await host.sh('mkdir /srv/here; ln -s /srv/here /there');
    await host.write('/there/deep/file', 'a\nb', 0o600);
    expect(await host.sh('stat -c %a /srv/here/deep/file')).toBe('600');
    expect(await host.read('/there/deep/file')).toBe('a\nb');
    await host.copyIn(join(import.meta.dirname, 'guest'), '/there/tree');
    await host.copyIn(join(import.meta.dirname, 'machine.sh'), '/there/tree/one/renamed.sh');
    expect(await host.sh('cd /srv/here/tree; ls init.sh one')).toBe('init.sh\n\none:\nrenamed.sh');
  });

  it('waits for properties and signals that come later, came already, or never', async () => {
    const unit = 'systemd-run -q --unit waited sleep 4711';
    using jobs = await host.watchSignals({ sender: 'org.freedesktop.systemd1', member: 'JobRemoved' });
    const [, job] = await Promise.all([
      host.waitForUnit('waited.service', 'active'),
      jobs.next(signal => signal.body[2] === 'waited.service'),
      host.sh(unit),
    ]);
    expect(job.body[3]).toBe('done');
    await host.waitForUnit('waited.service', 'active');
    await expect(host.waitForUnit('waited.service', 'failed', 200)).rejects.toThrow('it is active');
    await Promise.all([host.waitForUnit('waited.service', 'failed'), host.kill('waited.service')]);
    await expect(jobs.next(signal => signal.body[2] === 'other.service', 200)).rejects.toThrow(
      'within 200 ms',
    );
  });

  describe('with guests from hand-made units', () => {
    const toplevels = new Map<string, string>();
    const start = async (name: string, kind: GuestKind) => {
      const toplevel = await host.guest({ name, version: '1', kind });
      toplevels.set(name, toplevel);
      await host.write(`/run/systemd/nspawn/${name}.nspawn`, handMade(toplevel));
      await host.sh(`mkdir -p /var/lib/machines/${name}/usr`);
      return (await host.run(['systemctl', 'start', unitOf(name)], { reject: false })).exitCode;
    };
    const stateIn = async (name: string) =>
      (await host.run(['systemctl', '-M', name, 'is-system-running', '--wait'], { reject: false })).stdout;
    const inside = (name: string, command: string) =>
      host.sh(`systemd-run -M ${name} -q --wait --pipe --collect ${command}`);

    it('builds system closures of real store paths', async () => {
      const [one, again, two] = [
        await host.guest({ name: 'shape', version: '1' }),
        await host.guest({ name: 'shape', version: '1' }),
        await host.guest({ name: 'shape', version: '2' }),
      ];
      expect(one).toMatch(/^\/nix\/store\/[a-z0-9]{32}-nixos-system-shape-1$/);
      expect([again === one, two === one]).toEqual([true, false]);
      await host.sh(
        `cd ${one}; test -x init -a -x bin/switch-to-configuration -a -x sw/bin/sh -a -f etc/os-release`,
      );
      expect(await host.read(`${two}/nixos-version`)).toBe('2');
      const closure = (await host.sh(`nix-store -qR ${one}`)).split('\n').map(path => path.slice(44));
      expect(closure.sort()).toEqual(['busybox', 'nixos-system-shape-1', 'shape-1', 'userland']);
      await host.run(['nix-store', '--verify-path', ...(await host.sh(`nix-store -qR ${one}`)).split('\n')]);
    });

    it('boots a healthy one that the tools of the host see into', async () => {
      expect(await start('healthy', 'healthy')).toBe(0);
      expect(await stateIn('healthy')).toBe('running');
      expect(await host.sh('machinectl list --no-legend')).toMatch(/^healthy +container +systemd-nspawn/m);
      expect(await host.sh('loginctl -M healthy list-sessions')).toContain('No sessions');
      expect(await host.sh('journalctl -M healthy -u systemd-networkd -o cat')).toContain(
        'Started systemd-networkd',
      );
      expect(await host.sh('busctl --machine=healthy list')).toContain('org.freedesktop.login1');
      expect(await inside('healthy', '/usr/bin/readlink /run/current-system')).toBe(toplevels.get('healthy'));
      expect(await inside('healthy', '/usr/bin/stat -c %u:%g /nix/store/.')).toBe('0:0');
      const leader = await host.sh('machinectl show -P Leader healthy');
      expect(Number(await host.sh(`stat -c %u /proc/${leader}`))).toBeGreaterThan(65_535);
    });

    it('gives it an address by DHCP, by which its name is known', async () => {
      await inside('healthy', '/usr/lib/systemd/systemd-networkd-wait-online -4 -i host0 --timeout=20');
      const address = (await host.sh('getent ahostsv4 healthy')).split(' ')[0];
      expect(await inside('healthy', '/bin/busybox ip -4 addr show dev host0')).toContain(`inet ${address}/`);
      await host.run(['ping', '-c1', '-W5', 'healthy']);
    });

    it('switches a healthy one live to another system', async () => {
      const unit = '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n';
      const next = await host.guest({
        name: 'healthy',
        version: '2',
        extra: { units: { 'new.service': unit } },
      });
      await inside('healthy', `${next}/bin/switch-to-configuration test`);
      expect(await inside('healthy', '/usr/bin/cat /run/current-system/nixos-version')).toBe('2');
      expect(await host.sh('systemctl -M healthy is-active new.service')).toBe('active');
    });

    it('boots one with a failing unit to degraded', async () => {
      expect(await start('failing', 'failing-unit')).toBe(0);
      expect(await stateIn('failing')).toBe('degraded');
      expect(await host.sh('systemctl -M failing --failed --no-legend --plain')).toMatch(/^broken.service /);
    });

    it('has a tiny one that is ready, says what it runs, and ends when told to', async () => {
      expect(await start('tiny', 'tiny')).toBe(0);
      expect(await host.sh(`systemctl show -P StatusText ${unitOf('tiny')}`)).toContain('Ready');
      const leader = await host.sh('machinectl show -P Leader tiny');
      expect(await host.sh(`readlink /proc/${leader}/root/run/current-system`)).toBe(toplevels.get('tiny'));
      const restarts = host.waitForProperty<number>({
        destination: 'org.freedesktop.systemd1',
        path: unitPath(unitOf('tiny')),
        interface: 'org.freedesktop.systemd1.Service',
        property: 'NRestarts',
        until: count => count === 1,
      });
      await host.run(['machinectl', 'reboot', 'tiny']);
      await restarts;
      await host.waitForUnit(unitOf('tiny'), 'active');
      await host.run(['systemctl', 'stop', unitOf('tiny')]);
      expect(await host.sh(`systemctl show -P Result ${unitOf('tiny')}`)).toBe('success');
    });

    it('has one that dies at once', async () => {
      expect(await start('dies', 'dies-at-once')).toBe(1);
      expect(await host.sh(`systemctl show -P Result ${unitOf('dies')}`)).toBe('exit-code');
    });

    it('has one that hangs in boot and hears no signal', async () => {
      const limits = '[Service]\nTimeoutStartSec=2\nTimeoutStopSec=1\n';
      await host.write(`/run/systemd/system/${unitOf('hangs')}.d/limits.conf`, limits);
      await host.run(['systemctl', 'daemon-reload']);
      expect(await start('hangs', 'hangs-in-boot')).toBe(1);
      const told = await host.sh(`journalctl -u ${unitOf('hangs')} -o cat`);
      expect(told).toContain('start operation timed out');
      expect(told).toContain("'stop-sigterm' timed out");
    });
  });

  it('keeps /etc, /var and /nix over a reboot, and loses /run', async () => {
    await host.sh('for dir in etc var nix run; do echo kept >/$dir/marker; done');
    expect(await host.reboot()).toBe('running');
    const left = await host.sh('cat /etc/marker /var/marker /nix/marker; ls /run/marker 2>&1 || :');
    expect(left).toMatch(/^kept\nkept\nkept\n.*No such file/);
  });

  it('leaves no process, directory or cgroup behind when it is stopped', async () => {
    const { leader } = host;
    await host.stop();
    await expect(readFile(`/proc/${leader}/stat`)).rejects.toThrow('ENOENT');
    expect(await tracesOf(name)).toEqual([]);
  });

  it('comes back from a power cut with its files and its journal', async () => {
    await using cut = await bootHost({ suite, name: `cut-${suite}`, guests: false });
    await cut.sh('echo kept >/etc/marker; logger -t test remember; journalctl --sync; sync');
    const { leader } = cut;
    expect(await cut.reboot({ hard: true })).toBe('running');
    expect(cut.leader).not.toBe(leader);
    expect(await cut.read('/etc/marker')).toBe('kept');
    expect(await cut.journal()).toContain('remember');
  });

  it('is gone after a power-off, and can still be stopped', async () => {
    await using off = await bootHost({ suite, name: `off-${suite}`, guests: false });
    await off.run(['systemctl', 'poweroff'], { reject: false });
    await off.ended;
    expect(await tracesOf(`off-${suite}`)).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('ends when its owner ends by %s', async signal => {
    const { owner, directory, leader } = await ownedByAnotherProcess(suite, `orphan-${suite}`);
    process.kill(-(owner.pid as number), signal);
    await owner;
    // Its supervisor, which outlives the owner by a moment, holds this lock until all is gone.
    await execa('flock', [`${directory}/lock`, 'true'], { reject: false });
    expect(await tracesOf(`orphan-${suite}`)).toEqual([]);
    await expect(readFile(`/proc/${leader}/stat`)).rejects.toThrow('ENOENT');
  });

  it('ends with its supervisor, and the next start sweeps what that could not remove', async () => {
    const { owner, directory, leader } = await ownedByAnotherProcess(suite, `swept-${suite}`);
    const { stdout: supervisor } = await execa('ps', ['-o', 'pid=', '--ppid', String(owner.pid)]);
    process.kill(Number(supervisor), 'SIGKILL');
    await execa('flock', [`${directory}/lock`, 'true']);
    await ended(leader);
    expect(await tracesOf(`swept-${suite}`)).toHaveLength(2);
    await using next = await bootHost({ suite, name: `next-${suite}`, guests: false });
    expect(next.leader).toBeGreaterThan(0);
    expect(await tracesOf(`swept-${suite}`)).toEqual([]);
    owner.kill();
  });
});

/** Boots a host in a process of its own, which leads a process group as a command from a shell does. */
async function ownedByAnotherProcess(suite: Suite, name: string) {
  const script = `import { bootHost } from '${join(import.meta.dirname, 'index.ts')}';
    const host = await bootHost({ suite: '${suite}', name: '${name}', guests: false });
    console.log(host.leader);
    setInterval(() => {}, 1e9);`;
  const argv = ['--input-type=module', '-e', script];
  const owner = execa(process.execPath, argv, { reject: false, detached: true });
  const { value: leader } = await owner.iterable()[Symbol.asyncIterator]().next();
  const entry = (await readdir(STATE)).find(each => each.startsWith(`${name}-`));
  if (!leader || !entry) throw new Error(`cannot boot a host in another process: ${(await owner).stderr}`);
  return { owner, leader: Number(leader), directory: join(STATE, entry) };
}

/** `tail --pid` ends with the process, without being its parent. */
async function ended(pid: number): Promise<void> {
  await execa('tail', ['--pid', String(pid), '-s', '0.1', '-f', '/dev/null'], { timeout: 10_000 });
}

function unitOf(machine: string): string {
  return `systemd-nspawn@${machine}.service`;
}

/** Directories and cgroups that carry a host's name. */
async function tracesOf(name: string): Promise<string[]> {
  const state = await readdir(STATE);
  const cgroups = await readdir(await cgroupRoot());
  return [...state, ...cgroups].filter(entry => entry.replace(/^nspawnd-test-/, '').startsWith(`${name}-`));
}

function handMade(toplevel: string): string {
  return `[Exec]
Ephemeral=yes
Boot=no
Parameters=${toplevel}/init
PrivateUsers=pick
LinkJournal=no
KillSignal=SIGRTMIN+3
NotifyReady=yes
[Files]
PrivateUsersOwnership=auto
BindReadOnly=/nix/store:/nix/store:idmap
[Network]
Private=yes
VirtualEthernet=yes
`;
}
