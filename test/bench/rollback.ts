import type { GuestSpec, Host } from '../host/index.ts';
import { compared, type Row } from './statistics.ts';
import { declare, flipper, MANAGER, monotonic, settle } from './tools.ts';
import { makeTwins, restarter, restartTimes, twinOf, unitOf } from './twin.ts';

const TIMES = 7;
const KINDS: Readonly<Record<string, GuestSpec['kind']>> = {
  'a unit of the new system fails': 'failing-unit',
  'the init of the new system dies at once': 'dies-at-once',
};

/** From a flip to a system that is bad in some way until the last good one is ready again. */
export async function rollback(host: Host): Promise<Row[]> {
  const good = await host.guest({ name: 'web', version: '1', kind: 'healthy' });
  await host.setProfile('web', good);
  await declare(host, 'web');
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host, 'web');
  await makeTwins(host, ['web']);
  await using byHand = restarter(host, ['web']);

  const rows: Row[] = [];
  for (const [how, kind = 'healthy'] of Object.entries(KINDS)) {
    const bad = await host.guest({ name: 'web', version: kind, kind });
    const back: number[] = [];
    const whole: number[] = [];
    const plain: number[] = [];
    for (let index = 0; index < TIMES; index++) {
      const { began, ended } = await failedUpdate(host, good, bad);
      const { ready } = await restartTimes(host, 'web');
      whole.push(ready - began);
      back.push(ready - ended);
      const restarted = await byHand.act(good);
      plain.push((await restartTimes(host, twinOf('web'))).ready - restarted.began);
    }
    const twice = plain.map(each => 2 * each);
    rows.push(
      compared(
        `${how}: its start job ends → the last good one is ready (floor: systemctl restart)`,
        back,
        plain,
      ),
      compared(`the same from the flip (floor: systemctl restart twice)`, whole, twice),
    );
  }
  return rows;
}

/** Flips to the bad system, and when that has been rolled back, to the good one, which runs already. */
async function failedUpdate(
  host: Host,
  good: string,
  bad: string,
): Promise<{ began: number; ended: number }> {
  using finished = await host.watchSignals({ sender: MANAGER[0], member: 'UpdateFinished' });
  using jobs = await host.watchSignals({ sender: 'org.freedesktop.systemd1', member: 'JobRemoved' });
  await using flips = flipper(host, 'web');
  const { began } = await flips.act(bad);
  await jobs.next(({ body }) => body[2] === unitOf('web'));
  const ended = monotonic();
  const { body } = await finished.next();
  if (body[3] !== 'rolled-back') throw new Error(`the update to ${bad} was not rolled back: ${body}`);
  await flips.act(good);
  await settle(host, 'web');
  return { began, ended };
}
