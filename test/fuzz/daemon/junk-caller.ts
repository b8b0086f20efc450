/**
 * `node junk-caller.ts SEED COUNT`: sends so many messages of every kind to org.nixos.nspawn1 and to the bus, and connects
 * again when the bus has had enough. Prints how many it sent.
 */
import { connect, type Socket } from 'node:net';
import { authenticate } from '../../../src/adapters/bus/authenticate.ts';
import { encode } from '../../../src/adapters/bus/encode.ts';
import {
  encodeHeader,
  METHOD_CALL,
  NO_REPLY_EXPECTED,
  type Outgoing,
} from '../../../src/adapters/bus/message.ts';
import { Random } from '../../scenarios/soak/random.ts';
import { mutatedBytes } from '../generate/bytes.ts';
import { someCall } from '../generate/call.ts';

const [seed = 1, count = 1] = process.argv.slice(2).map(Number);
const NAME = 'org.nixos.nspawn1';
const BUS = 'org.freedesktop.DBus';
const random = new Random(seed);
let socket = await greeted();
let sent = 0;
for (; sent < count; sent++) {
  if (socket.closed || !socket.writable) socket = await greeted();
  if (!socket.write(someBytes(sent + 2))) await drained(socket);
}
await new Promise<void>(resolve => socket.end(() => resolve()));
console.log(sent);

/** The bus takes the daemon's part: it passes no message that is not one. */
function someBytes(serial: number): Buffer {
  if (random.chance(0.01)) return large(serial);
  const call = someCall(random, serial, { destination: NAME });
  return random.chance(0.02) ? mutatedBytes(random, call) : call;
}

function large(serial: number): Buffer {
  const text = random.pick(['x', '../', '\u202e', '-', ' ']).repeat(random.pick([1000, 300_000]));
  const member = random.pick(['WaitSettled', 'GetContainer', 'Stop']);
  const signature = member === 'WaitSettled' ? 'st' : 's';
  const body = encode(signature, member === 'WaitSettled' ? [text, 2n ** 63n] : [text]);
  const header: Outgoing = {
    ...{ type: METHOD_CALL, serial, destination: NAME, path: '/org/nixos/nspawn1' },
    ...{
      interface: 'org.nixos.nspawn1.Manager',
      member,
      signature,
      flags: random.pick([0, NO_REPLY_EXPECTED]),
    },
  };
  return Buffer.concat([encodeHeader(header, body.length), body]);
}

async function greeted(): Promise<Socket> {
  const made = connect('/run/dbus/system_bus_socket');
  // That the bus throws us out is what happens here.
  made.on('error', () => made.destroy());
  await authenticate(made);
  made.resume();
  const hello = {
    type: METHOD_CALL,
    serial: 1,
    destination: BUS,
    path: '/org/freedesktop/DBus',
    interface: BUS,
  };
  made.write(encodeHeader({ ...hello, member: 'Hello' }, 0));
  return made;
}

function drained(full: Socket): Promise<void> {
  return new Promise(resolve => {
    full.once('drain', resolve);
    full.once('close', () => resolve());
  });
}
