import { setTimeout } from 'node:timers/promises';
import type { Host } from '../host/index.ts';
import type { Row } from './statistics.ts';
import { declare, settle } from './tools.ts';

const MINUTE = 60_000;

/** How often a thread of the daemon wakes in a minute in which nothing happens. */
export async function idle(host: Host): Promise<Row[]> {
  const top = await host.guest({ name: 'web', version: '1', kind: 'tiny' });
  for (const name of ['web', 'db']) {
    await host.setProfile(name, top);
    await declare(host, name);
  }
  await host.run(['systemctl', 'start', 'nspawnd']);
  await settle(host);
  const pid = await host.pidOf('nspawnd.service');
  const wakes = async () =>
    Number(
      await host.sh(`cat /proc/${pid}/task/*/status | awk '/^voluntary_ctxt/ { n += $2 } END { print n }'`),
    );
  // The engine's own threads come to rest, a collection of garbage may follow the burst of the start.
  await setTimeout(MINUTE / 4);
  const before = await wakes();
  await setTimeout(MINUTE);
  const during = (await wakes()) - before;
  return [
    {
      what: 'wake-ups of all threads of the daemon in an idle minute',
      value: String(during),
      floor: '0',
      ratio: '',
    },
  ];
}
