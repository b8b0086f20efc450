/**
 * Does what the daemon does when the limits of a running machine change: `live-limits.ts NAME <DROP-IN`. Prints the
 * settings and how long PID 1 took, in ms, as JSON; `null` when it takes a daemon-reload.
 */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Bus } from '../../../src/adapters/bus/bus.ts';
import { claimControlFiles } from '../../../src/adapters/control-files.ts';
import { Systemd1 } from '../../../src/adapters/systemd1.ts';
import { writeUnitFile } from '../../../src/adapters/unit-files.ts';
import { pathOf } from '../../../src/model/paths.ts';
import { liveLimits } from '../../../src/render/live-limits.ts';

const [name = ''] = process.argv.slice(2);
const content = await text(process.stdin);
const path = pathOf('drop-in', name);
const properties = liveLimits(readFileSync(path, 'utf8'), content);

const bus = await Bus.connect();
const systemd = await Systemd1.attach(bus, {
  unitChanged: () => undefined,
  mountsChanged: () => undefined,
  resync: () => undefined,
  failed,
  inDoubt: failed,
});
if (properties === undefined) console.log('null');
else {
  writeUnitFile({ kind: 'drop-in', path, content });
  const began = performance.now();
  await systemd.setProperties(name, properties);
  const ms = performance.now() - began;
  claimControlFiles(name, properties);
  console.log(JSON.stringify({ settings: properties.map(({ setting }) => setting), ms }));
}
await bus.close();

function failed(...error: unknown[]): void {
  throw error.at(-1);
}
