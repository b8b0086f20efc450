/** Tries to send what the bus disconnects for, and prints whether the connection lives on as JSON. */
import { Bus, type BusError, Variant } from '../../../src/adapters/bus/bus.ts';

const BUS = 'org.freedesktop.DBus';
const bus = await Bus.connect();
const tries: [string, string, unknown[]][] = [
  ['/no-path', '', []],
  ['/', 'o', ['no path']],
  ['/', 'v', [new Variant('o', '/no-path')]],
  ['/', 's', ['a\0b']],
];
const codes: string[] = [];
for (const [path, signature, body] of tries)
  await bus.call(BUS, path, BUS, 'GetId', signature, body).catch((error: BusError) => codes.push(error.code));
const [id] = await bus.call(BUS, '/', BUS, 'GetId');
console.log(JSON.stringify({ codes, alive: typeof id === 'string' }));
await bus.close();
