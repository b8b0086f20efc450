import type { Host } from '../host/index.ts';
import { compared, type Row } from './statistics.ts';
import { declare, flipper, MANAGER, monotonic, Remote, settle } from './tools.ts';
import { makeTwins, twinOf } from './twin.ts';

const TIMES = 15;
const STRATEGIES = ['dynamic', 'restart'] as const;

/** The same update by a live switch and by a restart, and the switch by hand. */
export async function liveSwitch(host: Host): Promise<Row[]> {
  const tops = await Promise.all(
    ['1', '2'].map(version => host.guest({ name: 'web', version, kind: 'healthy' })),
  );
  for (const strategy of STRATEGIES) {
    await host.setProfile(strategy, tops[0] as string);
    await declare(host, strategy, { activation: { strategy } });
  }
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host);
  await makeTwins(host, ['dynamic']);

  await using byHand = new Remote(
    host,
    `execFileSync('systemd-run', ['-M', '${twinOf('dynamic')}', '--wait', '--collect', '-q',
       line + '/bin/switch-to-configuration', 'test'])`,
  );
  await using dynamic = flipper(host, 'dynamic');
  await using restart = flipper(host, 'restart');
  const flips = { dynamic, restart };
  const finished = await host.watchSignals({ sender: MANAGER[0], member: 'UpdateFinished' });
  const took: Record<(typeof STRATEGIES)[number], number[]> = { dynamic: [], restart: [] };
  const hand: number[] = [];
  for (let index = 1; index <= TIMES; index++) {
    const to = tops[index % 2] as string;
    for (const strategy of STRATEGIES) {
      const { began } = await flips[strategy].act(to);
      const { body } = await finished.next();
      took[strategy].push(monotonic() - began);
      if (body[0] !== strategy || body[3] !== 'done')
        throw new Error(`the update to ${to} went wrong: ${body}`);
    }
    hand.push((await byHand.act(to)).took);
  }
  const floor = 'floor: systemd-run switch-to-configuration test';
  return [
    compared(`live switch: flip → UpdateFinished, median of ${TIMES} (${floor})`, took.dynamic, hand),
    compared(`restart: flip → UpdateFinished, median of ${TIMES} (${floor})`, took.restart, hand),
  ];
}
