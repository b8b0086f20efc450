/**
 * `npm run bench`: figures of the daemon on a throwaway host, each beside a floor from the same run, since absolute
 * times are the machine's. A part's name as an argument runs that part alone: flip, update, daemon, scale, idle.
 */
import { bootHost } from '../host/index.ts';
import { daemon } from './daemon.ts';
import { flip } from './flip.ts';
import { idle } from './idle.ts';
import { scale } from './scale.ts';
import { printRows } from './statistics.ts';
import { update } from './update.ts';

const PARTS = { flip, update, daemon, scale, idle };

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
  await using host = await bootHost({ suite: 'forky' });
  await host.installNspawnd();
  printRows(name, await part(host));
}
