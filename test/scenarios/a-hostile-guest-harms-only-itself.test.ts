import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import type { Host } from '../host/index.ts';
import { onEachSystemd, type Scenario } from './world.ts';

const BUSES = '/srv/buses';
const SYSTEMD = 'org.freedesktop.systemd1';
/** So long, ms, a flip may take to begin while all of them do their worst, and eleven machines boot, */
const FLIP_MS = 2000;
/** and so long a call of somebody else; goals are a tenth of it on a machine that does nothing else. */
const CALL_MS = 1000;
/** Or so many times as long as alone, on a machine that is busy with something else, too. */
const RATIO = 8;

/** What becomes of a guest whose bus behaves like that, see programs/hostile-bus.ts. */
const FATES: Record<string, { state: string; reason: RegExp }> = {
  good: { state: 'running', reason: /runs the desired system/ },
  'empty-structs': { state: 'failed', reason: /it cannot be asked: cannot read a body of type "v": / },
  // It is judged by what it answers, without being listened to.
  'huge-signals': { state: 'running', reason: /runs the desired system/ },
  'many-signals': { state: 'failed', reason: /failed units: 0-+\.service/ },
  flapping: { state: 'failed', reason: /failed units: flap-\d+\.service/ },
  'long-list': {
    state: 'failed',
    reason: /it cannot be asked: cannot read a body of type "av": .*too many values/,
  },
  'half-a-message': { state: 'failed', reason: /it cannot be asked: / },
  'wrong-endian': { state: 'failed', reason: /it cannot be asked: / },
  'only-hello': { state: 'failed', reason: /it cannot be asked: cannot connect to the guest only-hello: / },
  'no-text': {
    state: 'failed',
    reason: /it cannot be asked: cannot understand the guest: no text as SystemState/,
  },
  'out-of-order': { state: 'running', reason: /runs the desired system/ },
};
const NAMES = Object.keys(FATES);

async function serveBuses(host: Host): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'hostile-bus-'));
  try {
    const outfile = join(directory, 'hostile-bus.js');
    await build({
      entryPoints: [join(import.meta.dirname, 'programs/hostile-bus.ts')],
      ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node24' },
    });
    await host.copyIn(outfile, '/opt/hostile-bus.js');
  } finally {
    await rm(directory, { recursive: true });
  }
  const directories = NAMES.map(name => `${BUSES}/${name}`);
  await host.run(['mkdir', '-p', ...directories]);
  const run = ['systemd-run', '--unit=hostile-bus', '--service-type=notify', '--property=NotifyAccess=all'];
  const script = 'node /opt/hostile-bus.js "$@" | { read -r ready; systemd-notify --ready; cat; }';
  await host.run([...run, 'sh', '-c', script, 'hostile-bus', ...directories]);
}

/** A guest whose bus is the host's affair: it has none of its own that would take its place. */
async function declareHostile({ deploy, declare }: Scenario, name: string): Promise<void> {
  const etc = { 'systemd/system/dbus.socket': '', 'systemd/system/dbus.service': '' };
  await deploy(name, '1', 'healthy', { etc });
  await declare(name, {
    binds: { '/run/dbus': { hostPath: `${BUSES}/${name}` } },
    activation: { timeout: '30s', settle: '1s' },
  });
}

/** How long it took, ms, from the flip until systemd begins with the machine. */
async function flip({ host }: Scenario, toplevel: string): Promise<number> {
  using jobs = await host.watchSignals({ sender: SYSTEMD, member: 'JobNew' });
  const began = performance.now();
  await host.setProfile('web', toplevel);
  await jobs.next(({ body }) => body[2] === 'systemd-nspawn@web.service');
  return performance.now() - began;
}

/** How long calls took, ms, by somebody else, one after the other. */
async function call(host: Host, times: number): Promise<number[]> {
  const list =
    'busctl call org.nixos.nspawn1 /org/nixos/nspawn1 org.nixos.nspawn1.Manager ListContainers >/dev/null';
  const script = `for i in $(seq ${times}); do a=$(date +%s%N); ${list}; b=$(date +%s%N); echo $(((b - a) / 1000000)); done`;
  return (await host.sh(script)).trim().split('\n').map(Number);
}

onEachSystemd('a guest that sends what it should not', get => {
  const systems: string[] = [];
  let alone = { flip: 0, call: 0 };

  it('begins next to a good one', async () => {
    const { host, begin, settle } = get();
    await begin();
    for (const version of ['2', '3', '4']) systems.push(await host.guest({ name: 'web', version }));
    alone = { flip: await flip(get(), systems[0] ?? ''), call: Math.max(...(await call(host, 10))) };
    console.log(`alone, a flip began after ${Math.round(alone.flip)} ms; calls: at most ${alone.call} ms`);
    expect(await settle('web')).toBe(0);
    await serveBuses(host);
  });

  it('holds up neither the flip of another container nor the call of anybody', async () => {
    const scenario = get();
    const { host } = scenario;
    for (const name of NAMES) await declareHostile(scenario, name);
    const flips = [await flip(scenario, systems[1] ?? '')];
    const calls = await call(host, 50);
    flips.push(await flip(scenario, systems[2] ?? ''));
    calls.push(...(await call(host, 50)));
    calls.sort((a, b) => a - b);
    console.log(
      `flips began after ${flips.map(Math.round)} ms; calls: ${calls[50]} ms, at most ${calls[99]} ms`,
    );
    expect(Math.max(...flips)).toBeLessThan(Math.max(FLIP_MS, RATIO * alone.flip));
    expect(calls[99]).toBeLessThan(Math.max(CALL_MS, RATIO * alone.call));
  });

  it.each(NAMES)('%s is judged, and left alone', async name => {
    await get().settle(name);
    const { state, reason } = await get().container(name);
    expect(`${state}: ${reason}`).toMatch(FATES[name]?.reason ?? /^$/);
    expect(state).toBe(FATES[name]?.state);
  });

  it('is named in the journal when it sends too much, and judged without being listened to', async () => {
    const { host } = get();
    const said = 'the guest huge-signals is left alone: it sends too much: more than .*; asked without being';
    const follow = 'grep -m 1 -e "$1" <(journalctl -t nspawnd -n all -f -o cat --no-pager)';
    await host.run(['timeout', '50', 'bash', '-c', follow, 'follow', said]);
  });

  it('makes few words by changing all the time', async () => {
    const { host } = get();
    const log = await host.sh("journalctl -t nspawnd -o cat --no-pager | grep -c 'flapping' || true");
    expect(Number(log)).toBeLessThan(100);
  });

  it('neither ends the daemon nor makes it grow', async () => {
    const { host } = get();
    expect(await host.sh('systemctl show -P NRestarts nspawnd')).toBe('0');
    const pid = (await host.sh('systemctl show -P MainPID nspawnd')).trim();
    const resident = (await host.sh(`awk '/VmHWM/ { print $2 }' /proc/${pid}/status`)).trim();
    console.log(`the daemon took at most ${Math.round(Number(resident) / 1024)} MB`);
    expect(Number(resident)).toBeLessThan(200 * 1024);
  });
});
