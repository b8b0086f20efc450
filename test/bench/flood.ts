import type { Host } from '../host/index.ts';
import { quantile, type Row } from './statistics.ts';
import { declare, declareMany, flipper, settle, unitTime } from './tools.ts';

const UNIT = 'systemd-nspawn@web.service';
const SYSTEMD = 'org.freedesktop.systemd1';
const ATTACKER = { user: 65534 };
// The bus knows no user that isn't in passwd(5): this is "daemon".
const VICTIM = { user: 1 };
const SECONDS = 12;
/** Until so many connections have sent all that the bus lets them have, the bus itself is what is slow. */
const ONSET_SECONDS = 4;
const FLIP_DEADLINE_MS = 60_000;

/**
 * What is flooded with (see attack.ts), and at what size: `FLOOD_KINDS=start,big FLOOD_CONNECTIONS=1,200
 * FLOOD_CONTAINERS=500 FLOOD_WINDOW=1` (calls that each connection waits for at once; 0: as many as the bus allows).
 */
const chosen = (name: string, otherwise: string) => (process.env[`FLOOD_${name}`] ?? otherwise).split(',');
const KINDS = chosen('KINDS', 'list,plan,objects,wait');
const CONNECTIONS = chosen('CONNECTIONS', '50').map(Number);
const CONTAINERS = chosen('CONTAINERS', '3').map(Number);
const [WINDOW = 0] = chosen('WINDOW', '0').map(Number);

export interface Suffered {
  /** Calls of another user meanwhile, ms. */
  readonly service: Latencies;
  /** The same to the bus itself: what no service can be faster than. */
  readonly bus: Latencies;
  /** The slowest call of the first seconds, ms. */
  readonly onset: number;
  readonly failed: readonly string[];
  /** From each flip until PID 1 began to stop the machine, ms. */
  readonly flips: readonly number[];
  /** The daemon's highest resident memory meanwhile, MB. */
  readonly memory: number;
  /** The same process as before. */
  readonly survived: boolean;
  readonly attack: { readonly sent: number; readonly answered: number };
}

export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What others suffer while one user floods the daemon from many connections. */
export async function flood(host: Host): Promise<Row[]> {
  const rows: Row[] = [];
  const tops = await prepareFlood(host);
  let declared = 1;
  for (const containers of CONTAINERS) {
    const more = Array.from({ length: containers - declared }, (_, index) => `c${declared + index}`);
    await declareMany(host, more, tops[0], { autoStart: false });
    declared = containers;
    await settle(host).catch(() => undefined);
    for (const kind of KINDS) {
      for (const connections of CONNECTIONS) {
        const suffered = await suffer(host, kind, connections, tops);
        if (!suffered.survived) throw new Error(`the daemon ended in a flood of ${kind}`);
        rows.push(rowOf(`${kind}, ${connections} connections, ${containers} containers`, suffered));
      }
    }
  }
  return rows;
}

/** Two systems, of which the first runs as `web`. */
export async function prepareFlood(host: Host): Promise<[string, string]> {
  const build = (version: string) => host.guest({ name: 'web', version, kind: 'tiny' });
  const tops: [string, string] = [await build('1'), await build('2')];
  await host.setProfile('web', tops[0]);
  await declare(host, 'web');
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host, 'web');
  return tops;
}

/** Floods for some seconds, and flips the profile of `web` back and forth meanwhile. */
export async function suffer(
  host: Host,
  kind: string,
  connections: number,
  tops: readonly [string, string],
  seconds = SECONDS,
): Promise<Suffered> {
  const pid = await host.pidOf('nspawnd.service');
  await host.run(['sh', '-c', `echo 5 >/proc/${pid}/clear_refs`]);
  const node = ['/usr/local/bin/node', `/repository/test/service/programs/`];
  const attack = [
    node[0] as string,
    `${node[1]}attack.ts`,
    ...[kind, connections, seconds, WINDOW].map(String),
  ];
  const probe = [node[0] as string, `${node[1]}probe.ts`, String(seconds), String(ONSET_SECONDS)];
  if (kind === 'networkd') probe.push(kind);
  const timeoutMs = 120_000;
  const [attacked, probed, flips] = await Promise.all([
    host.run(attack, { ...ATTACKER, timeoutMs }),
    host.run(probe, { ...VICTIM, timeoutMs }),
    flipMeanwhile(host, tops, seconds),
  ]);
  const after = await host.pidOf('nspawnd.service');
  const status = await host.read(`/proc/${after}/status`);
  await settle(host, 'web');
  return {
    ...JSON.parse(probed.stdout),
    flips,
    attack: JSON.parse(attacked.stdout),
    memory: (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6,
    survived: after === pid,
  };
}

async function flipMeanwhile(host: Host, tops: readonly [string, string], seconds: number) {
  const end = performance.now() + seconds * 1000;
  const flips: number[] = [];
  await using flipped = flipper(host, 'web');
  using jobs = await host.watchSignals({ sender: SYSTEMD, member: 'JobRemoved' });
  for (let index = 1; performance.now() < end; index++) {
    const { began } = await flipped.act(tops[index % 2] as string);
    await jobs.next(({ body }) => body[2] === UNIT, FLIP_DEADLINE_MS);
    flips.push(((await unitTime(host, UNIT, 'ActiveExitTimestampMonotonic')) - began) / 1000);
  }
  // Back to the first one, for whoever comes next.
  await flipped.act(tops[0]);
  return flips;
}

function rowOf(what: string, { service, bus, onset, flips, memory }: Suffered): Row {
  const flip = `flip ${quantile(flips, 0.5).toFixed(0)}/${Math.max(...flips).toFixed(0)} ms (${flips.length})`;
  return {
    what,
    value: `p50 ${service.p50} p99 ${service.p99} max ${service.max}, at first ${onset} ms; ${flip}; ${memory.toFixed(0)} MB`,
    floor: `bus p50 ${bus.p50} p99 ${bus.p99} ms`,
    ratio: (service.p99 / bus.p99).toFixed(2),
  };
}
