import type { Host } from '../host/index.ts';
import { compared, quantile, type Row } from './statistics.ts';
import { declare, flipper, MANAGER, settle } from './tools.ts';
import { makeTwins, restarter, restartTimes, twinOf } from './twin.ts';

const PAIRS = 20;

/**
 * An update of a systemd guest, and the same by hand: write the unit, `systemctl restart`. Until it is ready, and for how
 * long of that nobody was there.
 */
export async function update(host: Host): Promise<Row[]> {
  const tops = await Promise.all(
    ['1', '2'].map(version => host.guest({ name: 'web', version, kind: 'healthy' })),
  );
  await host.setProfile('web', tops[0] as string);
  await declare(host, 'web');
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host, 'web');
  await makeTwins(host, ['web']);

  await using flips = flipper(host, 'web');
  await using byHand = restarter(host, ['web']);
  const finished = await host.watchSignals({ sender: MANAGER[0], member: 'UpdateFinished' });
  const pairs: { ours: Times; hands: Times }[] = [];
  for (let index = 1; index <= PAIRS; index++) {
    const to = tops[index % 2] as string;
    const flipped = await flips.act(to);
    await finished.next();
    const ours = await times(host, 'web', flipped.began);
    const restarted = await byHand.act(to);
    pairs.push({ ours, hands: await times(host, twinOf('web'), restarted.began) });
  }
  return [
    ...rows(
      `update until the guest is ready, median of ${PAIRS} (floor: sed and systemctl restart)`,
      'whole',
    ),
    ...rows(
      `downtime of it: the old one's stop begins → the new one is ready, median of ${PAIRS} (floor: the same)`,
      'down',
    ),
  ];

  function rows(what: string, which: keyof Times): Row[] {
    const [ours, hands] = [pairs.map(pair => pair.ours[which]), pairs.map(pair => pair.hands[which])];
    const each = pairs.map(pair => pair.ours[which] / pair.hands[which]);
    return [
      compared(what, ours, hands),
      {
        what: 'the same, ratio pair by pair: quartiles',
        value: '',
        floor: '',
        ratio: [0.25, 0.5, 0.75].map(share => quantile(each, share).toFixed(2)).join(' '),
      },
    ];
  }
}

interface Times {
  readonly whole: number;
  readonly down: number;
}

async function times(host: Host, name: string, began: number): Promise<Times> {
  const { stopped, ready } = await restartTimes(host, name);
  return { whole: ready - began, down: ready - stopped };
}
