import type { Host } from '../host/index.ts';
import { median, ms, type Row, ratio } from './statistics.ts';
import { declareMany, memoryOf, Remote, settle, unitTime } from './tools.ts';

const STARTS = 15;
const CONTAINERS = 10;
const UNIT = 'nspawnd.service';

/** Its memory with ten machines up, and its start until it has its name on the bus. */
export async function daemon(host: Host): Promise<Row[]> {
  const top = await host.guest({ name: 'web', version: '1', kind: 'tiny' });
  const names = Array.from({ length: CONTAINERS }, (_, index) => `web${index}`);
  await declareMany(host, names, top);
  await host.run(['systemctl', 'start', UNIT]);
  await settle(host);
  const memory = await memoryOf(host, await host.pidOf(UNIT));
  const bareMemory = Number(
    await host.sh("node -e 'setTimeout(() => console.log(process.memoryUsage.rss() / 1e6), 1000)'"),
  );

  const starts: number[] = [];
  const plainStarts: number[] = [];
  const bareStarts: number[] = [];
  // The same command without the service's sandbox, which systemd sets up between fork and exec.
  const { stdout: line } = await host.run(['systemctl', 'cat', UNIT]);
  const command = /^ExecStart=(.*)$/m.exec(line)?.[1]?.split(' ') ?? [];
  const plain = ['systemd-run', '--unit=plain', '--collect', '-q', '-p', 'Type=dbus'];
  await using bare = new Remote(host, `execFileSync('node', ['-e', '0'])`);
  for (let index = 0; index < STARTS; index++) {
    await host.run(['systemctl', 'restart', UNIT]);
    const [exec, active] = await Promise.all([
      unitTime(host, UNIT, 'ExecMainStartTimestampMonotonic'),
      unitTime(host, UNIT, 'ActiveEnterTimestampMonotonic'),
    ]);
    starts.push(active - exec);
    await settle(host);
    await host.run(['systemctl', 'stop', UNIT]);
    await host.run([...plain, '-p', 'BusName=org.nixos.nspawn1', ...command]);
    const [execPlain, activePlain] = await Promise.all([
      unitTime(host, 'plain.service', 'ExecMainStartTimestampMonotonic'),
      unitTime(host, 'plain.service', 'ActiveEnterTimestampMonotonic'),
    ]);
    plainStarts.push(activePlain - execPlain);
    await settle(host);
    await host.run(['systemctl', 'stop', 'plain.service']);
    bareStarts.push((await bare.act('')).took);
  }
  const [start, plainStart] = [median(starts) / 1000, median(plainStarts) / 1000];
  const bareStart = median(bareStarts) / 1000;
  return [
    {
      what: `resident memory with ${CONTAINERS} machines (floor: bare Node)`,
      value: `${memory.toFixed(1)} MB`,
      floor: `${bareMemory.toFixed(1)} MB`,
      ratio: ratio(memory, bareMemory),
    },
    {
      what: `exec until the name is owned, median of ${STARTS} (floor: node -e 0)`,
      value: ms(plainStart),
      floor: ms(bareStart),
      ratio: ratio(plainStart, bareStart),
    },
    {
      what: `the service's start, sandbox and all, until the name is owned, median of ${STARTS} (floor: node -e 0)`,
      value: ms(start),
      floor: ms(bareStart),
      ratio: ratio(start, bareStart),
    },
  ];
}
