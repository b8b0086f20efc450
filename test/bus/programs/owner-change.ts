/** A name changes hands between two connections; prints what a subscriber heard, in order, as JSON. */
import { Bus } from '../../../src/adapters/bus/bus.ts';

const NAME = 'org.nixos.nspawn1';
const SIGNAL = ['/org/example', 'org.example', 'Said', 's'] as const;
const heard: string[] = [];

const [first, second, listener] = await Promise.all([Bus.connect(), Bus.connect(), Bus.connect()]);
await first.requestName(NAME);
await listener.subscribe({ sender: NAME, interface: 'org.example' }, ({ body }) => {
  heard.push(String(body[0]));
});
const nameOf = new Map([
  [first.uniqueName, 'first'],
  [second.uniqueName, 'second'],
]);
listener.onOwnerChange(NAME, owner => heard.push(`owner: ${nameOf.get(owner) ?? 'nobody'}`));

first.emit(...SIGNAL, ['from the first']);
second.emit(...SIGNAL, ['from a stranger']);
await settled(first, second);
const taken = await second.requestName(NAME).catch(error => error.code);
await first.close();
await second.requestName(NAME);
second.emit(...SIGNAL, ['from the second']);
await settled(second);
console.log(JSON.stringify({ heard, taken, owner: nameOf.get(listener.owner(NAME)) }));
await Promise.all([second.close(), listener.close()]);

/** What these sent so far has reached the listener: each message of a connection is handled after the one before. */
async function settled(...senders: Bus[]): Promise<void> {
  const bus = ['org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'GetId'] as const;
  await Promise.all(senders.map(sender => sender.call(...bus)));
  await listener.call(...bus);
}
