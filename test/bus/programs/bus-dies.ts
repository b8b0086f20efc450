/** Kills dbus-daemon under a connection with calls under way, and prints what is noticed as JSON. */
import { Bus, type BusError } from '../../../src/adapters/bus/bus.ts';
import { messageOf } from '../../../src/model/errors.ts';

const BUS = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'] as const;

const silent = await Bus.connect();
silent.serve(() => undefined);
await silent.requestName('org.nixos.nspawn1');

const bus = await Bus.connect();
const [pid] = await bus.call(...BUS, 'GetConnectionUnixProcessID', 's', ['org.freedesktop.DBus']);
const calls = Array.from({ length: 100 }, () => bus.call('org.nixos.nspawn1', '/', 'org.example', 'Ask'));
const outcomes = Promise.allSettled(calls);
process.kill(Number(pid), 'SIGKILL');

const lost = await bus.lost;
const codes = (await outcomes).map(outcome => codeOf(outcome));
const [later] = await Promise.allSettled([bus.call(...BUS, 'ListNames')]);
const distinct = [...new Set(codes)];
console.log(
  JSON.stringify({ lost: messageOf(lost), calls: codes.length, codes: distinct, later: codeOf(later) }),
);
await bus.close();

function codeOf(outcome: PromiseSettledResult<unknown>): string {
  return outcome.status === 'rejected' ? (outcome.reason as BusError).code : 'replied';
}
