import type { Host } from '../host/index.ts';
import { median, ms, type Row, ratio } from './statistics.ts';
import { declareMany, MANAGER, memoryOf, Remote, settle } from './tools.ts';

const CONTAINERS = 1000;
const TIMES = 20;

/** A look at a thousand declared containers that finds nothing to do: read, plan, compare. */
export async function scale(host: Host): Promise<Row[]> {
  const top = await host.guest({ name: 'web', version: '1', kind: 'tiny' });
  const names = Array.from({ length: CONTAINERS }, (_, index) => `c${index}`);
  await declareMany(host, names, top, { autoStart: false });
  const began = performance.now();
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host).catch(() => undefined);
  const first = performance.now() - began;

  const { bus } = await host.bus();
  await using read = new Remote(
    host,
    `for (let i = 0; i < ${CONTAINERS}; i++) for (const file of [
       '/etc/nspawnd/containers/c' + i + '.json',
       '/run/systemd/nspawn/c' + i + '.nspawn',
       '/run/systemd/network/70-nspawnd-ve-c' + i + '.network',
       '/run/systemd/system/systemd-nspawn@c' + i + '.service.d/50-nspawnd.conf',
     ]) readFileSync(file, 'utf8')`,
  );
  const plans: number[] = [];
  const reads: number[] = [];
  for (let index = 0; index < TIMES; index++) {
    const before = performance.now();
    const [steps] = await bus.call(...MANAGER, 'Plan');
    plans.push(performance.now() - before);
    if ((steps as unknown[]).length > 0)
      throw new Error(`the plan is not empty: ${JSON.stringify(steps).slice(0, 200)}`);
    reads.push((await read.act('')).took / 1000);
  }
  const [plan, floor] = [median(plans), median(reads)];
  const memory = await memoryOf(host, await host.pidOf('nspawnd.service'));
  return [
    {
      what: `a no-op reconcile of ${CONTAINERS}, median of ${TIMES} (floor: only reading the files)`,
      value: ms(plan),
      floor: ms(floor),
      ratio: ratio(plan, floor),
    },
    {
      what: `start of the daemon until all ${CONTAINERS} are rendered`,
      value: ms(first),
      floor: '',
      ratio: '',
    },
    {
      what: `resident memory with ${CONTAINERS} declared`,
      value: `${memory.toFixed(1)} MB`,
      floor: '',
      ratio: '',
    },
  ];
}
