import { join } from 'node:path';
import { messageOf } from '../../../src/model/errors.ts';
import { shortened } from '../../../src/model/text.ts';
import { bootHost, type Host, type Suite } from '../../host/index.ts';
import { Random } from '../../scenarios/soak/random.ts';
import type { CampaignResult } from '../campaign.ts';
import { Failures } from '../failures.ts';
import { CLEAN, someAct } from './acts.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const MANAGER = ['org.nixos.nspawn1', '/org/nixos/nspawn1', 'org.nixos.nspawn1.Manager'] as const;
const SYSTEMD = 'org.freedesktop.systemd1';
/** Whatever happens, somebody else has an answer within that time, and the daemon is back from a kill. */
const ANSWER_MS = 2_000;
const BACK_MS = 20_000;
const SETTLE_MS = 120_000;
const ACTS_MS = 120_000;
const MOST_ACTS = 8;
const MOST_CALLS = 400;
/** After one of these nothing that follows means much. */
const MOST_FAILURES = 3;
const MOST_SAID = 2000;

const HEALTHY = ['alpha', 'beta'] as const;
type Invocations = Readonly<Record<string, string>>;

export interface DaemonOptions {
  readonly suite: Suite;
  readonly seed: number;
  readonly seconds: number;
  /** The first burst. */
  readonly from?: number;
  readonly bursts?: number;
  readonly progress?: (executions: number) => void;
}

/**
 * Bursts of hostile acts on a host with the real daemon, as root, as whoever may write profiles, and as a local user on the
 * bus, beside two healthy containers. They run on as they are, the daemon answers after each burst and ends only when it
 * was ended, and when the junk is gone all is as before.
 */
export async function fuzzDaemon(options: DaemonOptions): Promise<CampaignResult> {
  const { suite, seed, seconds, from = 0, bursts = Number.POSITIVE_INFINITY } = options;
  await using host = await bootHost({ suite, mounts: { '/repository': REPOSITORY } });
  const system = await begin(host);
  const failures = new Failures();
  const before = await invocations(host);
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  let executions = 0;
  for (let at = from; at < from + bursts && elapsed() < seconds && failures.count < MOST_FAILURES; at++) {
    try {
      executions += await burst(host, new Random(seed, at), system);
      await check(host, before);
    } catch (error) {
      failures.add({
        at,
        why: shortened(`${messageOf(error)}; its last words:\n${await last(host)}`, MOST_SAID),
      });
    }
    options.progress?.(executions);
  }
  const took = elapsed();
  try {
    await end(host, before);
  } catch (error) {
    failures.add({ at: from, why: shortened(`in the end: ${messageOf(error)}`, MOST_SAID) });
  }
  return {
    ...{ target: `daemon-${suite}`, executions, seconds: took },
    ...{ failures: failures.count, examples: failures.examples },
  };
}

/** Two containers that are nobody's business, and the daemon; a system that junk may start too. */
async function begin(host: Host): Promise<string> {
  await host.installNspawnd();
  const tiny = await host.guest({ name: 'beta', version: '1', kind: 'tiny' });
  await host.setProfile('alpha', await host.guest({ name: 'alpha', version: '1' }));
  await host.setProfile('beta', tiny);
  for (const name of HEALTHY) {
    const declaration = { path: `/nix/var/nix/profiles/${name}` };
    await host.write(`/etc/nspawnd/containers/${name}.json`, JSON.stringify(declaration));
  }
  await host.run(['systemctl', 'start', 'nspawnd']);
  await host.run(['nspawnctl', 'wait', '--timeout', '1min']);
  return tiny;
}

async function burst(host: Host, random: Random, system: string): Promise<number> {
  const daemon = await invocation(host, 'nspawnd.service');
  const acts = Array.from({ length: 1 + random.below(MOST_ACTS) }, () => someAct(random, system));
  const calls = random.chance(0.5) ? 0 : random.below(MOST_CALLS);
  const caller = ['/usr/local/bin/node', '/repository/test/fuzz/daemon/junk-caller.ts'];
  await Promise.all([
    // From a file: bash reads a pipe byte by byte, and some acts have a megabyte of them.
    host.run(['bash', '-c', 'cat >/run/acts.sh; exec bash /run/acts.sh'], {
      input: acts
        .map(({ script }) => `${script}\n`)
        .concat([':'])
        .join(''),
      timeoutMs: ACTS_MS,
    }),
    calls > 0 && host.run([...caller, String(random.below(2 ** 31)), String(calls)], { user: 65534 }),
  ]);
  await answers(host);
  const isSame = (await invocation(host, 'nspawnd.service')) === daemon;
  if (!isSame && !acts.some(({ restarts }) => restarts)) throw new Error('the daemon ended by itself');
  return acts.length + calls;
}

/** One that was killed a moment ago may be on its way back. */
async function answers(host: Host): Promise<void> {
  const [destination, path, iface] = MANAGER;
  const version = { destination, path, interface: iface, property: 'Version', until: () => true };
  await host.waitForProperty({ ...version, deadlineMs: BACK_MS });
}

async function check(host: Host, before: Invocations): Promise<void> {
  const began = performance.now();
  const bus = await host.bus();
  try {
    await bus.call(...MANAGER, 'ListContainers', '', [], { timeoutMs: ANSWER_MS });
  } catch (cause) {
    throw new Error(`no answer for another caller after ${Math.round(performance.now() - began)} ms`, {
      cause,
    });
  }
  const now = await invocations(host);
  for (const name of HEALTHY)
    if (now[name] !== before[name]) throw new Error(`${name} was restarted, or is gone: ${now[name]}`);
}

async function end(host: Host, before: Invocations): Promise<void> {
  await host.sh(CLEAN);
  const bus = await host.bus();
  const timeout = { timeoutMs: SETTLE_MS + 10_000 };
  await answers(host);
  await bus.call(...MANAGER, 'WaitSettled', 'st', ['', BigInt(SETTLE_MS) * 1000n], timeout);
  await check(host, before);
  const [listed] = (await bus.call(...MANAGER, 'ListContainers')) as [string[][]];
  const states = listed.map(
    ([name, state, reason]) => `${name} ${state === 'running' ? state : `${state}: ${reason}`}`,
  );
  if (states.sort().join() !== 'alpha running,beta running')
    throw new Error(`left over: ${states.join(', ')}`);
}

async function invocations(host: Host): Promise<Invocations> {
  const entries = HEALTHY.map(async name => [name, await invocation(host, `systemd-nspawn@${name}.service`)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** With the state, so that one that is about to end is another one too. */
async function invocation(host: Host, unit: string): Promise<string> {
  const bus = await host.bus();
  const [path] = await bus.call(SYSTEMD, '/org/freedesktop/systemd1', `${SYSTEMD}.Manager`, 'LoadUnit', 's', [
    unit,
  ]);
  const get = (property: string) => bus.bus.get(SYSTEMD, String(path), `${SYSTEMD}.Unit`, property);
  const [state, id] = await Promise.all([get('ActiveState'), get('InvocationID')]);
  return `${state} ${Buffer.from(id as Uint8Array).toString('hex')}`;
}

async function last(host: Host): Promise<string> {
  const { stdout } = await host.run(['journalctl', '-u', 'nspawnd', '-n', '8', '-o', 'cat', '--no-pager']);
  return stdout.slice(-1500);
}
