/**
 * `npm run bench`: figures of the daemon on a throwaway host, each beside a floor from the same run, since absolute
 * times are the machine's. The name of a part as an argument runs that part alone. Each takes a minute at most.
 */
import { join } from 'node:path';
import { bootHost } from '../host/index.ts';
import { breadth, breadthSystemd } from './breadth.ts';
import { daemon } from './daemon.ts';
import { flip } from './flip.ts';
import { flood } from './flood.ts';
import { idle } from './idle.ts';
import { limits } from './limits.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { printRows } from './statistics.ts';
import { liveSwitch } from './switch.ts';
import { update } from './update.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

const PARTS = {
  flip,
  flood,
  update,
  rollback,
  switch: liveSwitch,
  breadth,
  'breadth-systemd': breadthSystemd,
  limits,
  daemon,
  scale,
  idle,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(
    `bench: there is no part "${unknown.join(', ')}"; the parts are ${Object.keys(PARTS).join(', ')}`,
  );
  process.exit(2);
}
for (const [name, part] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await using host = await bootHost({ suite: 'forky', mounts: { '/repository': REPOSITORY } });
  await host.installNspawnd();
  printRows(name, await part(host));
}
