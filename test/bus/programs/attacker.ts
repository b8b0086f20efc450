/**
 * What an unprivileged user may send to the connection NAME (a unique name) behind org.nixos.nspawn1:
 * `node attacker.ts NAME`. Prints the answer to an honest call at the end.
 */
import { connect } from 'node:net';
import { authenticate } from '../../../src/adapters/bus/authenticate.ts';
import { Bus } from '../../../src/adapters/bus/bus.ts';
import { encode } from '../../../src/adapters/bus/encode.ts';
import * as message from '../../../src/adapters/bus/message.ts';

type Header = Omit<message.Outgoing, 'serial'>;

const victim = process.argv[2] ?? '';
const SYSTEMD = { path: '/org/freedesktop/systemd1', interface: 'org.freedesktop.systemd1.Manager' };
const BUS = { path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
const JOB = [1, '/org/freedesktop/systemd1/job/1', 'spoofed.service', 'done'];
const PROPERTIES = 'org.freedesktop.DBus.Properties';

const socket = connect('/run/dbus/system_bus_socket');
await authenticate(socket);
socket.resume();
let serial = 0;
send({ type: message.METHOD_CALL, destination: BUS.interface, ...BUS, member: 'Hello' }, []);

const call = { type: message.METHOD_CALL, flags: message.NO_REPLY_EXPECTED, destination: victim, path: '/' };
sendDescriptor({ ...call, interface: 'org.example', member: 'Ask' });
sendDescriptor({ ...call, interface: PROPERTIES, member: 'Get' });
const signal = { type: message.SIGNAL, destination: victim, ...SYSTEMD, member: 'JobRemoved' };
sendDescriptor(signal);
send({ ...signal, signature: 'uoss' }, JOB);
const change = {
  type: message.SIGNAL,
  destination: victim,
  ...BUS,
  member: 'NameOwnerChanged',
  signature: 'sss',
};
send(change, ['org.freedesktop.systemd1', ':1.1', ':1.999']);
for (let replySerial = 1; replySerial < 50; replySerial++)
  send({ type: message.METHOD_RETURN, destination: victim, replySerial, signature: 's' }, ['no reply']);
await new Promise<void>(resolve => socket.end(() => resolve()));

const honest = await Bus.connect();
const [answer] = await honest.call('org.nixos.nspawn1', '/', 'org.example', 'Ask');
console.log(answer);
await honest.close();

function send(header: Header, values: unknown[]): void {
  const body = encode(header.signature ?? '', values);
  socket.write(Buffer.concat([message.encodeHeader({ ...header, serial: ++serial }, body.length), body]));
}

/** A body that says "the first file descriptor of this message", which has none. Our encoder refuses to write that. */
function sendDescriptor(header: Header): void {
  const bytes = message.encodeHeader({ ...header, serial: ++serial, signature: 'u' }, 4);
  const type = bytes.indexOf('\x08\x01g\0\x01u\0', 'latin1');
  bytes.write('h', type + 5);
  socket.write(Buffer.concat([bytes, encode('u', [0])]));
}
