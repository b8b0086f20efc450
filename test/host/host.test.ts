import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type Host, suites } from './index.ts';
import { cgroupRoot } from './requirements.ts';

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

  it('runs each kind of guest from a hand-made unit', async () => {
    const run = async (kind: 'healthy' | 'failing-unit' | 'dies-at-once' | 'tiny') => {
      const toplevel = await host.guest({ name: kind, version: '1', kind });
      await host.write(`/run/systemd/nspawn/${kind}.nspawn`, handMade(toplevel));
      await host.sh(`mkdir -p /var/lib/machines/${kind}/usr`);
      return (await host.run(['systemctl', 'start', `systemd-nspawn@${kind}`], { reject: false })).exitCode;
    };
    const state = (kind: string) =>
      host.run(['systemctl', '-M', kind, 'is-system-running', '--wait'], { reject: false });
    expect(await run('healthy')).toBe(0);
    expect((await state('healthy')).stdout).toBe('running');
    expect(await run('failing-unit')).toBe(0);
    expect((await state('failing-unit')).stdout).toBe('degraded');
    expect(await run('tiny')).toBe(0);
    expect(await run('dies-at-once')).toBe(1);
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

  it('is ended and swept when its owner is killed', async () => {
    const owned = `orphan-${suite}`;
    const script = `import { bootHost } from '${join(import.meta.dirname, 'index.ts')}';
      const host = await bootHost({ suite: '${suite}', name: '${owned}', guests: false });
      console.log(host.leader);
      setInterval(() => {}, 1e9);`;
    const owner = execa(process.execPath, ['--input-type=module', '-e', script], { reject: false });
    const { value } = await owner.iterable()[Symbol.asyncIterator]().next();
    expect(Number(value)).toBeGreaterThan(0);
    expect((await tracesOf(owned)).length).toBeGreaterThan(0);
    owner.kill('SIGKILL');
    await owner;
    // Its supervisor, which outlives it by a moment, holds the lock of its directory until all is gone.
    const [directory] = (await readdir('/run/nspawnd-test')).filter(entry => entry.startsWith(owned));
    await execa('flock', [`/run/nspawnd-test/${directory}/lock`, 'true'], { reject: false });
    await using next = await bootHost({ suite, name: `next-${suite}`, guests: false });
    expect(next.leader).toBeGreaterThan(0);
    expect(await tracesOf(owned)).toEqual([]);
  });
});

/** Directories and cgroups that carry a host's name. */
async function tracesOf(name: string): Promise<string[]> {
  const state = await readdir('/run/nspawnd-test');
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
