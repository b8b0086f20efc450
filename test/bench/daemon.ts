import type { Host } from '../host/index.ts';
import { median, ms, type Row, ratio } from './statistics.ts';
import { declare, memoryOf, Remote, settle, unitTime } from './tools.ts';

const STARTS = 15;
const CONTAINERS = 10;
const UNIT = 'nspawnd.service';

/** Its memory with ten machines up, and its start until it has its name on the bus. */
export async function daemon(host: Host): Promise<Row[]> {
  const top = await host.guest({ name: 'web', version: '1', kind: 'tiny' });
  for (let index = 0; index < CONTAINERS; index++) {
    await host.setProfile(`web${index}`, top);
    await declare(host, `web${index}`);
  }
  await host.run(['systemctl', 'start', UNIT]);
  await settle(host);
  const memory = await memoryOf(host, await host.pidOf(UNIT));
  await host.run(['systemd-run', '--unit=bare', '-q', 'node', '-e', 'setInterval(() => {}, 1e9)']);
  const bareMemory = await memoryOf(host, await host.pidOf('bare.service'));
  await host.run(['systemctl', 'stop', 'bare.service']);

  const starts: number[] = [];
  const bareStarts: number[] = [];
  await using bare = new Remote(host, `execFileSync('node', ['-e', '0'])`);
  for (let index = 0; index < STARTS; index++) {
    await host.run(['systemctl', 'restart', UNIT]);
    const [exec, active] = await Promise.all([
      unitTime(host, UNIT, 'ExecMainStartTimestampMonotonic'),
      unitTime(host, UNIT, 'ActiveEnterTimestampMonotonic'),
    ]);
    starts.push(active - exec);
    await settle(host);
    bareStarts.push((await bare.act('')).took);
  }
  const [start, bareStart] = [median(starts) / 1000, median(bareStarts) / 1000];
  return [
    {
      what: `resident memory with ${CONTAINERS} machines (floor: bare Node)`,
      value: `${memory.toFixed(1)} MB`,
      floor: `${bareMemory.toFixed(1)} MB`,
      ratio: ratio(memory, bareMemory),
    },
    {
      what: `start until the name is owned, median of ${STARTS} (floor: node -e 0)`,
      value: ms(start),
      floor: ms(bareStart),
      ratio: ratio(start, bareStart),
    },
  ];
}
