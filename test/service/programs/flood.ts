/**
 * `node flood.ts COUNT`: as an unprivileged user, floods org.nixos.nspawn1 with calls of every kind that want no
 * reply, then with GetManagedObjects whose replies it takes. Done when an honest call after it is answered.
 */
import { Bus } from '../../../src/adapters/bus/bus.ts';
import { Connection } from '../../../src/adapters/bus/connection.ts';
import { METHOD_CALL, NO_REPLY_EXPECTED } from '../../../src/adapters/bus/message.ts';

const NAME = 'org.nixos.nspawn1';
const ROOT = '/org/nixos/nspawn1';
const MANAGER = 'org.nixos.nspawn1.Manager';
const count = Number(process.argv[2]);

const raw = await Connection.open('unix:path=/run/dbus/system_bus_socket');
raw.receive({ message: () => undefined, failed: console.error, lost: console.error });
raw.send(
  {
    type: METHOD_CALL,
    destination: 'org.freedesktop.DBus',
    path: '/',
    interface: 'org.freedesktop.DBus',
    member: 'Hello',
  },
  [],
);
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
await raw.close();

const honest = await Bus.connect();
const objects = () => honest.call(NAME, ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects');
await Promise.all(Array.from({ length: Math.min(200, count) }, objects));
await honest.close();
