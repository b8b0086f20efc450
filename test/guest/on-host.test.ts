import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suites } from '../host/index.ts';
import { begin, GATED, type World } from './world.ts';

const HEALTH = { timeoutMs: 20_000 };
const RUN = { timeoutMs: 30_000 };
const SYSTEMD = 'org.freedesktop.systemd1';

describe.each(suites)('the guests of %s, asked from the sandbox of nspawnd', suite => {
  let world: World;
  beforeAll(async () => {
    world = await begin(suite);
    await world.run({ name: 'web' });
  }, 300_000);
  afterAll(() => world?.host.stop());

  const sh = (script: string, unit = 'task.service', more: object = {}) =>
    world.ask({ guest: 'web', run: { ...RUN, unit, command: ['/bin/sh', '-c', script], ...more } });

  test('healthy or not, or without a bus, or not there', async () => {
    expect(await world.ask({ guest: 'web', health: HEALTH })).toMatchObject({
      state: 'running',
      failedUnits: [],
    });
    await world.run({ name: 'bad', kind: 'failing-unit' });
    expect(await world.ask({ guest: 'bad', health: HEALTH })).toMatchObject({
      state: 'degraded',
      failedUnits: ['broken.service'],
      warnings: [],
    });
    await world.run({ name: 'tiny', kind: 'tiny' });
    expect(await world.ask({ guest: 'tiny', health: HEALTH })).toEqual({ guest: 'none' });
    expect(await world.ask({ guest: 'absent', health: HEALTH })).toMatchObject({
      error: expect.stringMatching(
        /^cannot connect to the guest absent: .*: Host is down \(on the host, see: .*machined\)$/,
      ),
      code: 'org.freedesktop.DBus.Error.NoServer',
    });
  });

  test('the boot is waited for, until it is over or takes too long', async () => {
    const unit = `[Service]\nType=oneshot\nExecStart=/bin/sh -c "${GATED}"\n`;
    await world.run({ name: 'slow', extra: { units: { 'slow.service': unit } } }, { block: false });
    await world.up('slow');
    expect(await world.ask({ guest: 'slow', health: { timeoutMs: 500 } })).toMatchObject({
      error: 'cannot see the guest slow booted: not done within 500 ms',
      code: 'org.freedesktop.DBus.Error.Timeout',
    });
    const question = { guest: 'slow', health: HEALTH, whenAsked: '/srv/slow/go' };
    expect(await world.ask(question)).toMatchObject({ state: 'running' });
  });

  test('a command ends well, badly, too late or not at all', async () => {
    expect(await sh('echo fine')).toMatchObject({ result: 'done', exitStatus: 0, output: '' });
    expect(await sh(`printf 'one\\n\\033[31mtwo\\033[0m\\a\\n'; echo three >&2; exit 3`)).toMatchObject({
      result: 'failed',
      exitStatus: 3,
      output: 'one; two; three',
    });
    expect(await sh('kill -9 $$')).toMatchObject({ result: 'failed', exitStatus: -1 });
    expect(await sh('echo late; sleep 1000', 'task.service', { timeoutMs: 1000 })).toMatchObject({
      result: 'timeout',
      exitStatus: -1,
      output: 'late',
    });
    const command = ['/bin/absent'];
    expect(await world.ask({ guest: 'web', run: { ...RUN, unit: 'task.service', command } })).toMatchObject({
      result: 'failed',
      exitStatus: 203,
    });
    expect(await sh('i=0; while [ $i -lt 15 ]; do echo "line $i of many words"; i=$((i+1)); done; exit 1')) //
      .toMatchObject({ output: expect.stringMatching(/^….{278}line 14 of many words$/) });
    expect(await sh('[ $WORD = given ]', 'task.service', { environment: ['WORD=given'] })) //
      .toMatchObject({ result: 'done' });
    expect(await sh('exit', 'no/unit')).toMatchObject({
      error: expect.stringMatching(/^cannot start no\/unit in the guest web: /),
    });
    expect(await leftIn('web', 'task.service')).toBe('');
  });

  test('whoever gives up leaves nothing behind, but a unit that is kept', async () => {
    const command = ['/bin/sleep', '1000'];
    const question = { guest: 'web', abortAfterMs: 3000 };
    const aborted = { name: 'TimeoutError', error: expect.stringMatching(/aborted/) };
    expect(await world.ask({ ...question, run: { ...RUN, unit: 'gone.service', command } })).toMatchObject(
      aborted,
    );
    expect(await leftIn('web', 'gone.service')).toBe('');
    const run = { ...RUN, unit: 'kept.service', command, keep: true };
    expect(await world.ask({ ...question, run })).toMatchObject(aborted);
    expect(await leftIn('web', 'kept.service')).toMatch(/activating/);
    const again = { ...run, command: ['/bin/true'], fresh: true };
    expect(await world.ask({ guest: 'web', run: again })).toMatchObject({ result: 'done' });
    expect(await leftIn('web', 'kept.service')).toMatch(/active exited/);
    await world.inside('web', 'systemctl stop kept.service');
  });

  test('the result is read by name after a process that was killed', async () => {
    const script = `echo once >>/gate/log; ${GATED}; echo the end; exit 5`;
    const run = { ...RUN, unit: 'switch.service', command: ['/bin/sh', '-c', script], keep: true };
    const first = world.host.run(world.asking({ guest: 'web', run }, '--unit=asker'), { reject: false });
    await world.up('web');
    await world.host.kill('asker.service');
    expect((await first).stdout).toBe('');
    expect(await world.ask({ guest: 'web', run, whenAsked: '/srv/web/go' })).toMatchObject({
      result: 'failed',
      exitStatus: 5,
      output: 'the end',
    });
    expect(await world.ask({ guest: 'web', run })).toMatchObject({ exitStatus: 5, output: 'the end' });
    expect(await world.host.read('/srv/web/log')).toBe('once');
    await world.inside('web', 'systemctl reset-failed switch.service');
  });

  test('a passing unit that was being waited for ends with the process', async () => {
    const run = { ...RUN, unit: 'passing.service', command: ['/bin/sh', '-c', `${GATED}; exit 1`] };
    const first = world.host.run(world.asking({ guest: 'web', run }, '--unit=asker'), { reject: false });
    await world.up('web');
    await world.host.kill('asker.service');
    await first;
    await world.inside('web', 'systemctl stop passing.service');
    expect(await leftIn('web', 'passing.service')).toBe('');
  });

  test('a re-execution and a reload of its manager in the middle', async () => {
    const answer = sh(`${GATED}; echo the end; exit 6`);
    await world.up('web');
    await world.host.sh('systemctl -M web daemon-reexec; systemctl -M web daemon-reload');
    await world.go('web');
    expect(await answer).toMatchObject({ result: 'failed', exitStatus: 6, output: 'the end', warnings: [] });
  });

  test('a switch to another system, which re-executes the manager', async () => {
    const activation = 'systemctl daemon-reexec; systemctl daemon-reload';
    const next = await world.host.guest({ name: 'web', version: '2', extra: { activation } });
    const command = [`${next}/bin/switch-to-configuration`, 'test'];
    const run = { ...RUN, unit: 'switch-2.service', command, keep: true };
    expect(await world.ask({ guest: 'web', run })).toMatchObject({ result: 'done', warnings: [] });
    expect(await world.inside('web', 'readlink /run/current-system')).toBe(next);
  });

  test('a guest that goes away, in order or not', async () => {
    await world.run({ name: 'going' });
    const run = { ...RUN, unit: 'task.service', command: ['/bin/sh', '-c', `${GATED}`] };
    const shutdown = world.ask({ guest: 'going', run });
    await world.up('going');
    await world.host.run(['systemctl', 'stop', 'systemd-nspawn@going']);
    const gone = /the guest going is shutting down|the connection to the guest going is gone/;
    expect(await shutdown).toMatchObject({ error: expect.stringMatching(gone) });

    await world.host.run(['systemctl', 'start', 'systemd-nspawn@going']);
    const crash = world.ask({ guest: 'going', run });
    await world.up('going');
    await world.host.run(['systemctl', 'kill', '--signal=KILL', 'systemd-nspawn@going']);
    expect(await crash).toMatchObject({
      error: expect.stringMatching(/^the connection to the guest going is gone/),
      code: 'org.freedesktop.DBus.Error.Disconnected',
    });
  });

  test('a guest that lies in wait', async () => {
    await world.run({
      name: 'evil',
      extra: { units: hostile({ garbage: 'cat /dev/urandom', never: 'cat' }) },
    });
    // Not through its bus, which is what goes.
    const leadTo = (path: string) =>
      world.host.sh(
        `nsenter -t "$(machinectl show -P Leader evil)" -m ln -sfn ${path} /run/dbus/system_bus_socket`,
      );
    // A link that leads to the bus of the host, were it followed there.
    await world.host.sh('ln -s /run/dbus/system_bus_socket /run/way-out');
    await leadTo('/run/way-out');
    expect(await world.ask({ guest: 'evil', health: HEALTH })).toEqual({ guest: 'none' });

    await leadTo('/run/garbage');
    expect(await world.ask({ guest: 'evil', health: HEALTH })).toMatchObject({
      error: expect.stringMatching(/^cannot connect to the guest evil: .*the bus refused us: Failed to/),
    });
    await leadTo('/run/never');
    expect(await world.ask({ guest: 'evil', health: HEALTH })).toMatchObject({
      error: expect.stringMatching(/^cannot connect to the guest evil: .*: no answer within 10000 ms/),
    });

    await world.host.run(['machinectl', 'terminate', 'evil']);
  });

  test('a guest whose journal leads to that of the host', async () => {
    // In the guest it is a loop; by its name it is the directory of the host.
    const activation = 'mkdir -p /var/log; ln -sfn /var/log//journal /var/log/journal';
    await world.run({ name: 'linked', extra: { activation } });
    const run = { ...RUN, unit: 'task.service', command: ['/bin/sh', '-c', `${GATED}; echo mine; exit 1`] };
    const answer = world.ask({ guest: 'linked', run });
    await world.up('linked');
    await world.host.run(['systemd-run', '--wait', '--collect', '--unit=task', 'echo', 'a word of the host']);
    await world.host.run(['journalctl', '--sync']);
    await world.go('linked');
    expect(await answer).toMatchObject({ result: 'failed', exitStatus: 1, output: 'mine' });
    await world.host.run(['machinectl', 'terminate', 'linked']);
  });

  test('twenty at once', async () => {
    const answers = await world.ask({ guest: 'web', health: HEALTH, times: 20 });
    expect(answers).toMatchObject(Array(20).fill({ state: 'running', warnings: [] }));
  });

  test('nspawnd may be restarted and stopped meanwhile', async () => {
    const answer = sh(GATED);
    await world.up('web');
    await world.host.run(['systemctl', 'restart', 'nspawnd']);
    await world.host.run(['systemctl', 'stop', 'nspawnd']);
    await world.go('web');
    expect(await answer).toMatchObject({ result: 'done' });
    expect(await world.ask({ guest: 'web', health: HEALTH })).toMatchObject({ state: 'running' });
  });

  test('nothing is left on the host, and nothing logged', async () => {
    using removed = await world.host.watchSignals({ sender: SYSTEMD, member: 'UnitRemoved' });
    await world.ask({ guest: 'web', health: HEALTH });
    while ((await world.host.sh('systemctl list-units --all --no-legend "nspawnd-guest@*"')) !== '')
      await removed.next(({ body }) => String(body[0]).startsWith('nspawnd-guest@'));
    expect(await world.host.sh('pgrep -f [s]ystemd-stdio-bridge || true')).toBe('');
    // This host has no pids controller, which PID 1 says of every service.
    expect(await world.host.sh('journalctl -u "nspawnd-guest@*" -o cat -q | grep -v pids.max || true')).toBe(
      '',
    );
  });

  /** The line of `systemctl list-units` for a unit of a guest, '' when there is no such unit any more. */
  async function leftIn(guest: string, unit: string): Promise<string> {
    return (await world.host.sh(`systemctl -M ${guest} list-units --all --no-legend ${unit}`)).trim();
  }
});

/** Sockets /run/NAME of a guest at which a command stands in for its bus. */
function hostile(commands: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(commands).flatMap(([name, command]) => [
      [`${name}.socket`, `[Socket]\nListenStream=/run/${name}\nAccept=yes\n`],
      [
        `${name}@.service`,
        `[Service]\nExecStart=/bin/${command}\nStandardInput=socket\nStandardOutput=${name === 'never' ? 'null' : 'socket'}\n`,
      ],
    ]),
  );
}
