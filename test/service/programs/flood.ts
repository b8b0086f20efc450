/**
 * `node flood.ts COUNT`: as an unprivileged user, floods org.nixos.nspawn1 with calls of every kind that want no
 * reply, then with GetManagedObjects as often as the bus lets it. Ends when those are answered.
 */
import { Connection } from '../../../src/adapters/bus/connection.ts';
import { METHOD_CALL, METHOD_RETURN, NO_REPLY_EXPECTED } from '../../../src/adapters/bus/message.ts';

const NAME = 'org.nixos.nspawn1';
const ROOT = '/org/nixos/nspawn1';
const MANAGER = 'org.nixos.nspawn1.Manager';
const count = Number(process.argv[2]);

// dbus-daemon lets a connection wait for 128 replies.
const WAITING = 120;
const BUS = 'org.freedesktop.DBus';
const answered = Promise.withResolvers<void>();
let replies = 0;

const raw = await Connection.open('unix:path=/run/dbus/system_bus_socket');
raw.receive({
  message: ({ type, signature }) => {
    if (type === METHOD_RETURN && signature === 'a{oa{sa{sv}}}' && ++replies === WAITING) answered.resolve();
  },
  failed: answered.reject,
  lost: answered.reject,
});
raw.send({ type: METHOD_CALL, destination: BUS, path: '/', interface: BUS, member: 'Hello' }, []);
const call = { type: METHOD_CALL, flags: NO_REPLY_EXPECTED, destination: NAME, path: ROOT };
for (let index = 0; index < count; index += 5) {
  raw.send({ ...call, interface: MANAGER, member: 'Start', signature: 's' }, ['web0']);
  raw.send({ ...call, interface: MANAGER, member: 'WaitSettled', signature: 'st' }, ['', 1_000_000_000_000n]);
  raw.send({ ...call, interface: MANAGER, member: 'Nope', signature: 's' }, ['x'.repeat(100)]);
  raw.send({ ...call, path: `/nope${index}`, interface: MANAGER, member: 'ListContainers' }, []);
  raw.send({ ...call, interface: 'org.freedesktop.DBus.Properties', member: 'GetAll', signature: 's' }, [
    MANAGER,
  ]);
}
const objects = { type: METHOD_CALL, destination: NAME, path: ROOT, interface: `${BUS}.ObjectManager` };
for (let index = 0; index < WAITING; index++) {
  raw.send({ ...objects, member: 'GetManagedObjects' }, []);
}
await answered.promise;
await raw.close();
