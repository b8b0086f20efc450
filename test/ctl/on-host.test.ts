import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootWithRepository } from '../bus/programs.ts';
import type { Host, Result, RunOptions } from '../host/index.ts';

const NSPAWNCTL = ['/usr/local/bin/node', '/repository/src/ctl/main.ts'];
const SERVICE = ['/usr/local/bin/node', '/repository/test/ctl/programs/service.ts', '/run'];

describe('nspawnctl on a bus', { timeout: 60_000 }, () => {
  let host: Host;

  beforeAll(async () => {
    host = await bootWithRepository('forky');
    const properties = ['Type=dbus', 'BusName=org.nixos.nspawn1', 'Restart=on-failure', 'RestartSec=300ms'];
    const unit = properties.map(property => `--property=${property}`);
    await host.run(['systemd-run', '--unit=nspawnd', '--quiet', ...unit, ...SERVICE]);
  }, 300_000);
  afterAll(() => host?.stop());

  const ctl = (args: string, options: RunOptions = {}): Promise<Result> =>
    host.run([...NSPAWNCTL, ...args.split(' ')], { reject: false, ...options });

  /** As on a terminal of 60 columns: everything that was written to it. */
  const onTerminal = async (args: string): Promise<string> => {
    const command = `stty cols 60; ${[...NSPAWNCTL, args].join(' ')}`;
    const { stdout } = await host.run(['script', '-qec', command, '/dev/null'], { env: { TERM: 'xterm' } });
    return stdout;
  };

  it('list shows a table, without colour, whole lines, and harmless to a terminal', async () => {
    const { stdout, exitCode } = await ctl('list');
    expect(exitCode).toBe(0);
    const [head, ...rows] = stdout.split('\n');
    expect(head?.split(/ +/)).toEqual(['NAME', 'STATE', 'DESIRED', 'RUNNING', 'REASON']);
    expect(rows.map(row => row.split(' ')[0])).toEqual(['busy', 'fatal', 'good', 'late', 'rolled']);
    expect(rows[4]).toMatch(/rolled-back .* the probe failed \\x1b\[31m$/);
    expect(stdout).not.toContain('\x1b');
  });

  it('list cuts lines to the terminal and colours states there', async () => {
    const shown = await onTerminal('list');
    expect(shown).toContain('\x1b[32mrunning\x1b[39m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    const lines = shown.replace(/\x1b\[[0-9;]*m/g, '').split(/\r?\n/);
    expect(lines.filter(line => line.length > 60)).toEqual([]);
    expect(lines.some(line => line.endsWith('…'))).toBe(true);
    expect(await onTerminal('list --json')).not.toContain('\x1b');
  });

  it('list --json has every property, 64-bit numbers as numbers', async () => {
    const containers = JSON.parse((await ctl('list --json')).stdout);
    expect(containers.map(({ name }: { name: string }) => name)).toEqual(
      ['busy', 'fatal', 'good', 'late', 'rolled'], // sorted
    );
    expect(containers[2]).toMatchObject({
      ...{ state: 'running', autoStart: true, machine: '/org/freedesktop/machine1/machine/good' },
      ...{ updatedTimestamp: 1_700_000_000_000_000, updateUSec: 1_500_000 },
    });
  });

  it('status shows each container named and reports the others', async () => {
    const { stdout, stderr, exitCode } = await ctl('status good nope rolled');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^● good\n +State: running since .*ago\n +Reason: runs the desired system\n/);
    expect(stdout).toMatch(/Updated: .* 2023-11-14 .* ago, took 1\.5s\n +See: journalctl -M good/);
    expect(stdout).toContain('Last good: the running one\n');
    expect(stdout).not.toMatch(/^● good(\n .*)*(Held|Quarantined|Failed units):/);
    expect(stdout).toContain('● rolled');
    expect((await ctl('status late')).stdout).toContain('   Last good: /nix/store/9-system\n');
    expect(stderr).toMatch(/^nspawnctl: cannot find container "nope"/);
    expect(JSON.parse((await ctl('status --json good')).stdout)).toMatchObject([{ name: 'good' }]);
    expect(JSON.parse((await ctl('status --json')).stdout)).toMatchObject({
      version: '1.2.3',
      nContainers: 5,
    });
  });

  it('status tells what was found bad and what that means, what is held, and how the guest is', async () => {
    const { stdout } = await ctl('status rolled');
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        '        Held: its system and units stay until nspawnctl unhold rolled',
        ' Quarantined: /nix/store/1-system',
        '              /nix/store/2-system',
        '              found bad: not tried again until the profile or the units change, or nspawnctl retry rolled',
        '       Guest: degraded',
        'Failed units: a.service b\\x1b.service',
      ]),
    );
    expect(stdout).toMatch(/See: .*; nspawnctl unhold rolled$/);
    expect(JSON.parse((await ctl('status --json rolled')).stdout)).toMatchObject([
      {
        ...{ lastGood: '/nix/store/0-system', held: true, guestState: 'degraded' },
        quarantined: ['/nix/store/1-system', '/nix/store/2-system'],
        failedUnits: ['a.service', 'b\x1b.service'],
      },
    ]);
  });

  it('retry, hold and unhold do it to each container named', async () => {
    const property = async (key: string) =>
      JSON.parse((await ctl('status --json good rolled')).stdout).map(
        (one: Record<string, unknown>) => one[key],
      );
    expect(await ctl('hold good rolled')).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect(await property('held')).toEqual([true, true]);
    expect((await ctl('unhold good rolled')).exitCode).toBe(0);
    expect(await property('held')).toEqual([false, false]);
    expect(JSON.parse((await ctl('retry --json rolled nope')).stdout)).toMatchObject([
      { name: 'rolled', ok: true },
      { name: 'nope', ok: false, error: { code: 'NoSuchContainer' } },
    ]);
    expect(await property('updateUSec')).toEqual([1_500_000, 42]);
  });

  it('rollback takes a store path, a path of links, or the number of a generation', async () => {
    const running = async () => JSON.parse((await ctl('status --json late')).stdout)[0].running;
    const [seven, eight] = ['7', '8'].map(digit => `/nix/store/${digit.repeat(32)}-system`);
    await host.sh(`mkdir -p ${seven} ${eight} /nix/var/nix/profiles
      ln -s ${seven} /nix/var/nix/profiles/late-12-link; ln -s ${eight} /tmp/link`);
    for (const [system, path] of [
      ['12', seven],
      ['/tmp/link', eight],
      [seven, seven],
    ]) {
      expect(await ctl(`rollback late ${system}`)).toEqual({ stdout: '', stderr: '', exitCode: 0 });
      expect(await running()).toBe(path);
    }
  });

  it('rollback says what it cannot go back to', async () => {
    const message = async (args: string) => {
      const { stderr, exitCode } = await ctl(`rollback ${args}`);
      return `${exitCode} ${stderr}`;
    };
    expect(await message('late')).toBe('1 nspawnctl: cannot roll "late" back: none was ever good');
    expect(await message('late 13')).toBe(
      '1 nspawnctl: cannot roll late back to generation 13: /nix/var/nix/profiles/late-13-link does not exist',
    );
    expect(await message('late /nowhere')).toBe(
      '1 nspawnctl: cannot roll late back to /nowhere: /nowhere does not exist',
    );
    expect(await message('late ')).toMatch(/^2 nspawnctl: rollback cannot take ''/);
    const { error } = JSON.parse((await ctl('rollback --json late 13')).stderr);
    expect(error).toMatchObject({ code: 'InvalidArgs' });
  });

  it('plan says what would be done and why, and what is being done', async () => {
    const underWay = [
      'busy: updating already: first reason',
      'late: updating already: the profile points to another system',
    ];
    expect((await ctl('plan')).stdout.split('\n')).toEqual([
      'late: restart: profile moved from 1 to 2',
      ...underWay,
    ]);
    await host.write('/run/planned', '');
    expect((await ctl('plan')).stdout.split('\n')).toEqual(underWay);
    expect(JSON.parse((await ctl('plan --json')).stdout)).toEqual([]);
    await host.run(['rm', '/run/planned']);
    expect(JSON.parse((await ctl('plan --json')).stdout)).toEqual([
      { name: 'late', action: 'restart', why: 'profile moved from 1 to 2' },
    ]);
  });

  it('reload names each rejected file on a line of its own', async () => {
    const { stderr, exitCode } = await ctl('reload');
    expect(exitCode).toBe(1);
    expect(stderr.split('\n')).toEqual([
      'nspawnctl: cannot reload: a.json: path: required',
      'nspawnctl: b.json: foo: unknown key',
    ]);
    const { error } = JSON.parse((await ctl('reload --json')).stderr);
    expect(error).toMatchObject({ code: 'InvalidDeclaration' });
  });

  it('start reports each failure, does the others, and gives up after --timeout', async () => {
    const failed = await ctl('start good rolled nope');
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr.split('\n')).toEqual([
      'nspawnctl: cannot start "rolled": the guest died',
      'nspawnctl: cannot start nope: no container "nope"',
    ]);
    expect(await ctl('start good')).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect((await ctl('start late --timeout 300ms')).exitCode).toBe(4);
    const { stdout } = await ctl('start --json good nope');
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'good', ok: true },
      { name: 'nope', ok: false, error: { code: 'NoSuchContainer' } },
    ]);
  });

  it('an unprivileged user may look, but is told that changing is not permitted', async () => {
    expect((await ctl('list', { user: 65534 })).exitCode).toBe(0);
    const { stderr, exitCode } = await ctl('start good', { user: 65534 });
    expect(exitCode).toBe(77);
    expect(stderr).toMatch(/^nspawnctl: cannot start good: .*not permitted/);
  });

  it('wait tells by its exit code how it ended, of several the gravest', async () => {
    expect(await ctl('wait good')).toEqual({
      stdout: 'good: running: runs the desired system',
      stderr: '',
      exitCode: 0,
    });
    const bad = await ctl('wait good rolled');
    expect(bad.exitCode).toBe(3);
    expect(bad.stderr).toMatch(/^nspawnctl: rolled: rolled-back: the probe failed/);
    const late = await ctl('wait late rolled --timeout 300ms');
    expect(late.exitCode).toBe(4);
    expect(late.stderr).toContain('nspawnctl: late: not settled within 300ms: updating: the profile points');
    const unknown = await ctl('wait nope good');
    expect(unknown).toMatchObject({ exitCode: 1, stdout: 'good: running: runs the desired system' });
    expect(unknown.stderr).toBe('nspawnctl: cannot wait for nope: no container "nope"');
    expect(JSON.parse((await ctl('wait --json good late --timeout 300ms')).stdout)).toEqual([
      { name: 'good', state: 'running', reason: 'runs the desired system', outcome: 'good' },
      expect.objectContaining({ name: 'late', state: 'updating', outcome: 'timed-out' }),
    ]);
  });

  it('wait for all prints the bad ones only', async () => {
    const { stdout, stderr, exitCode } = await ctl('wait');
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 });
    expect(stderr.split('\n')).toHaveLength(1);
    expect(JSON.parse((await ctl('wait --json')).stdout)).toHaveLength(5);
  });

  it('wait goes on when the daemon is restarted meanwhile', async () => {
    expect(await ctl('wait fatal')).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await host.run(['ls', '/run/died'])).exitCode).toBe(0);
    expect((await host.run(['systemctl', 'show', '-P', 'NRestarts', 'nspawnd'])).stdout).toBe('1');
  });

  it('wait shows what happens on a terminal, and takes it away at the end', async () => {
    const shown = await onTerminal('wait busy');
    expect(shown).toContain('\r\x1b[Kbusy: updating: first reason');
    expect(shown).toContain('\r\x1b[Kbusy: updating: second reason');
    expect(shown.trimEnd().split('\r\x1b[K').at(-1)).toBe('busy: running: third reason');
    expect((await ctl('wait busy', { env: { TERM: 'xterm' } })).stderr).toBe('');
  });

  it('monitor prints a line of JSON for each event until it is ended', async () => {
    await using monitor = host.spawn([...NSPAWNCTL, 'monitor', '--json']);
    const events: unknown[] = [];
    for await (const line of createInterface({ input: monitor.process.stdout })) {
      events.push(JSON.parse(line));
      if (events.length === 1) await ctl('restart good');
      if (events.length === 4) break;
    }
    expect(events[0]).toMatchObject({ event: 'following', version: '1.2.3' });
    expect(events.slice(1)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          event: 'update-started',
          name: 'good',
          to: '/nix/store/new',
          strategy: 'restart',
        }),
        expect.objectContaining({ event: 'state', name: 'good', state: 'running', reason: 'changed' }),
        expect.objectContaining({ event: 'update-finished', name: 'good', result: 'done' }),
      ]),
    );
  });

  it('monitor ends when nobody reads any more', async () => {
    const script = `${NSPAWNCTL.join(' ')} monitor | head -1; echo "\${PIPESTATUS[@]}"`;
    const reader = host.run(['bash', '-c', script]);
    const nudge = setInterval(() => void ctl('restart good'), 500);
    try {
      expect((await reader).stdout).toMatch(/ following nspawnd 1\.2\.3, Ctrl-C ends\n0 0$/);
    } finally {
      clearInterval(nudge);
    }
  });

  it('without a daemon it says how to start it, on one line, and exits with 69', async () => {
    await host.run(['systemctl', 'stop', 'nspawnd']);
    for (const command of [
      'list',
      'status good',
      'plan',
      'reload',
      'start a b',
      'rollback a 12',
      'hold a b',
      'wait',
      'wait a b',
      'monitor',
    ]) {
      const { stderr, exitCode } = await ctl(command);
      expect({ command, stderr, exitCode }).toEqual({
        ...{ command, exitCode: 69 },
        stderr: 'nspawnctl: nspawnd is not running; start it with: systemctl start nspawnd',
      });
    }
  });
});
