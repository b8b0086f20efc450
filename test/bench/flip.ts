import type { Host } from '../host/index.ts';
import { median, ms, quantile, type Row, ratio } from './statistics.ts';
import { declare, flipper, MANAGER, settle, unitTime } from './tools.ts';

const FLIPS = 200;
const UNIT = 'systemd-nspawn@web.service';
const SYSTEMD = 'org.freedesktop.systemd1';

/** From the rename of the profile's link until PID 1 begins to stop the machine; none may be lost. */
export async function flip(host: Host): Promise<Row[]> {
  const tops = await Promise.all(
    ['1', '2'].map(version => host.guest({ name: 'web', version, kind: 'tiny' })),
  );
  await host.setProfile('web', tops[0] as string);
  await declare(host, 'web');
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host, 'web');

  const byDaemon: number[] = [];
  const byCall: number[] = [];
  await using flips = flipper(host, 'web');
  const finished = await host.watchSignals({ sender: MANAGER[0], member: 'UpdateFinished' });
  for (let index = 1; index <= FLIPS; index++) {
    const to = tops[index % 2] as string;
    const { began } = await flips.act(to);
    const { body } = await finished.next();
    if (body[2] !== to || body[3] !== 'done') throw new Error(`flip ${index} to ${to} was lost: ${body}`);
    byDaemon.push((await unitTime(host, UNIT, 'ActiveExitTimestampMonotonic')) - began);
    await settle(host, 'web');
    if (index % 4 === 0) byCall.push(await restartByCall(host));
  }
  const floor = median(byCall) / 1000;
  const row = (what: string, value: number): Row => ({
    what,
    value: ms(value / 1000),
    floor: ms(floor),
    ratio: ratio(value / 1000, floor),
  });
  return [
    row(
      `flip → PID 1 begins the stop, median of ${FLIPS} (floor: a bare RestartUnit call)`,
      median(byDaemon),
    ),
    row('the same, 99th percentile', quantile(byDaemon, 0.99)),
  ];
}

/** What PID 1 and the bus need for it alone: from before the call until the stop begins; µs. */
async function restartByCall(host: Host): Promise<number> {
  const { bus } = await host.bus();
  const began = Number(process.hrtime.bigint() / 1000n);
  await bus.call(SYSTEMD, '/org/freedesktop/systemd1', `${SYSTEMD}.Manager`, 'RestartUnit', 'ss', [
    UNIT,
    'replace',
  ]);
  await settle(host, 'web');
  return (await unitTime(host, UNIT, 'ActiveExitTimestampMonotonic')) - began;
}
