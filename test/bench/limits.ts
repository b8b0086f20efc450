import type { Host } from '../host/index.ts';
import { compared, type Row } from './statistics.ts';
import { declareMany, MANAGER, monotonic, Remote, settle } from './tools.ts';
import { makeTwins, twinOf } from './twin.ts';

const TIMES = 20;
const MACHINES = 10;
const SYSTEMD = 'org.freedesktop.systemd1';

/** A changed limit of a machine that runs, until it is in force: set live, and by a daemon-reload. */
export async function limits(host: Host): Promise<Row[]> {
  const top = await host.guest({ name: 'web', version: '1', kind: 'tiny' });
  const names = Array.from({ length: MACHINES }, (_, index) => `web${index}`);
  await declareMany(host, names, top, { limits: { TasksMax: '1000' } });
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host);
  await makeTwins(host, ['web0']);

  const { bus } = await host.bus();
  const file = '/etc/nspawnd/containers/web0.json';
  await using edits = new Remote(
    host,
    `writeFileSync('${file}.new', readFileSync('${file}', 'utf8').replace(/"TasksMax":"\\d+"/, '"TasksMax":"' + line + '"'));
     renameSync('${file}.new', '${file}')`,
  );
  await using byHand = new Remote(
    host,
    `execFileSync('sed', ['-i', 's/^TasksMax=.*/TasksMax=' + line + '/',
       '/run/systemd/system/systemd-nspawn@${twinOf('web0')}.service.d/50.conf']);
     execFileSync('systemctl', ['daemon-reload'])`,
  );
  const ours: number[] = [];
  const hand: number[] = [];
  for (let index = 1; index <= TIMES; index++) {
    const wanted = 1000 + index;
    const { began } = await edits.act(String(wanted));
    await bus.call(...MANAGER, 'Reload');
    ours.push(monotonic() - began);
    await expectTasksMax(host, 'web0', wanted);
    hand.push((await byHand.act(String(wanted))).took);
    await expectTasksMax(host, twinOf('web0'), wanted);
  }
  return [
    compared(
      `a changed limit in force, with ${MACHINES} machines, median of ${TIMES} (floor: sed and systemctl daemon-reload)`,
      ours,
      hand,
    ),
  ];
}

async function expectTasksMax(host: Host, name: string, wanted: number): Promise<void> {
  const { bus } = await host.bus();
  const manager = [SYSTEMD, '/org/freedesktop/systemd1', `${SYSTEMD}.Manager`] as const;
  const [path] = await bus.call(...manager, 'GetUnit', 's', [`systemd-nspawn@${name}.service`]);
  const value = await bus.get(SYSTEMD, String(path), `${SYSTEMD}.Service`, 'TasksMax');
  if (value !== BigInt(wanted)) throw new Error(`TasksMax of ${name} is ${value}, not ${wanted}`);
}
