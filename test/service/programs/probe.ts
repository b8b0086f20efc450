/**
 * `node probe.ts SECONDS [AFTER [networkd]]`: calls org.nixos.nspawn1, or networkd, and, by turns, the bus itself, and prints how long that took:
 * `{ service: { count, p50, p99, max }, bus: … }`, ms, as JSON; and apart the slowest call that began in the first AFTER
 * seconds. A call that fails counts as `failed`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Bus } from '../../../src/adapters/bus/bus.ts';
import { quantile } from '../../bench/statistics.ts';

const PAUSE_MS = 5;
const BUS = 'org.freedesktop.DBus';
const NAME = 'org.nixos.nspawn1';
const [seconds = '5', after = '0', other] = process.argv.slice(2);
const begin = performance.now();
const end = begin + Number(seconds) * 1000;
const counts = begin + Number(after) * 1000;
const bus = await Bus.connect();
const took = { service: [] as number[], bus: [] as number[] };
const failed: string[] = [];
let onset = 0;

while (performance.now() < end) {
  await measure(took.bus, () => bus.call(BUS, '/', BUS, 'GetNameOwner', 's', [NAME]));
  await measure(took.service, other === undefined ? ours : theirs);
  await pause(PAUSE_MS);
}
console.log(JSON.stringify({ service: summary(took.service), bus: summary(took.bus), onset, failed }));
await bus.close();

function ours(): Promise<unknown> {
  return bus.get(NAME, '/org/nixos/nspawn1', `${NAME}.Manager`, 'Version');
}

function theirs(): Promise<unknown> {
  const networkd = 'org.freedesktop.network1';
  return bus.get(networkd, '/org/freedesktop/network1', `${networkd}.Manager`, 'OperationalState');
}

async function measure(list: number[], call: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  try {
    await call();
  } catch (error) {
    failed.push(String(error));
  }
  const took = performance.now() - began;
  if (began < counts) onset = Math.max(onset, Math.round(took));
  else list.push(took);
}

function summary(values: number[]) {
  const round = (value: number) => Number(value.toFixed(1));
  return {
    count: values.length,
    p50: round(quantile(values, 0.5)),
    p99: round(quantile(values, 0.99)),
    max: round(Math.max(...values)),
  };
}
