import type { GuestSpec, Host } from '../host/index.ts';
import { median, ms, type Row, ratio } from './statistics.ts';
import { declareMany, MANAGER, Remote, settle } from './tools.ts';
import { makeTwins, restarter, restartTimes, twinOf } from './twin.ts';

const WIDTHS = [1, 2, 4, 8, 16];
const ROUNDS = 3;

/** What comes of the setting `parallel` where the profiles of small machines flip at once: the daemon's own work. */
export const breadth = (host: Host) => flipAll(host, 24, 'tiny');

/** The same with guests of systemd, each of which takes a core for a while to boot. */
export const breadthSystemd = (host: Host) => flipAll(host, 8, 'healthy');

interface Took {
  /** From the flip, or the command by hand, until the last one is ready. */
  readonly whole: number;
  /** How long a machine was down. */
  readonly down: number;
}

async function flipAll(host: Host, count: number, kind: NonNullable<GuestSpec['kind']>): Promise<Row[]> {
  const names = Array.from({ length: count }, (_, index) => `web${index}`);
  const tops = await Promise.all(['1', '2'].map(version => host.guest({ name: 'web', version, kind })));
  await host.write('/etc/nspawnd/nspawnd.json', JSON.stringify({ parallel: 8 }));
  await declareMany(host, names, tops[0] as string);
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host);
  await makeTwins(host, names);

  await using byHand = restarter(host, names);
  await using flips = new Remote(
    host,
    `for (const name of ${JSON.stringify(names)}) {
       const link = '/nix/var/nix/profiles/' + name;
       symlinkSync(line, link + '.new');
       renameSync(link + '.new', link);
     }`,
  );
  const byWidth = new Map(WIDTHS.map(width => [width, [] as Took[]]));
  const hand: Took[] = [];
  let turn = 0;
  const next = () => tops[++turn % 2] as string;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [width, took] of byWidth) {
      await setParallel(host, width);
      took.push(await flipped(host, names, flips, next()));
    }
    const { began } = await byHand.act(tops[round % 2] as string);
    hand.push(await lasted(host, names.map(twinOf), began));
  }
  const floor = median(hand.map(({ whole }) => whole)) / 1000;
  return [...byWidth].map(([width, took]) => {
    const whole = median(took.map(each => each.whole)) / 1000;
    const down = median(took.map(each => each.down)) / 1000;
    return {
      what: `${count} ${kind} machines, parallel ${width}; each down for ${ms(down)} (floor: one systemctl restart of all)`,
      value: ms(whole),
      floor: ms(floor),
      ratio: ratio(whole, floor),
    };
  });
}

async function setParallel(host: Host, parallel: number): Promise<void> {
  await host.write('/etc/nspawnd/nspawnd.json', JSON.stringify({ parallel }));
  const { bus } = await host.bus();
  await bus.call(...MANAGER, 'Reload');
}

async function flipped(host: Host, names: readonly string[], flips: Remote, to: string): Promise<Took> {
  using finished = await host.watchSignals({ sender: MANAGER[0], member: 'UpdateFinished' });
  const { began } = await flips.act(to);
  for (const _ of names) {
    const { body } = await finished.next();
    if (body[2] !== to || body[3] !== 'done') throw new Error(`an update to ${to} went wrong: ${body}`);
  }
  return lasted(host, names, began);
}

async function lasted(host: Host, names: readonly string[], began: number): Promise<Took> {
  const each = await Promise.all(names.map(name => restartTimes(host, name)));
  return {
    whole: Math.max(...each.map(({ ready }) => ready)) - began,
    down: median(each.map(({ stopped, ready }) => ready - stopped)),
  };
}
