/** 200 calls at once to something slow, with and without our limit; prints how they ended as JSON. */
import { Bus } from '../../../src/adapters/bus/bus.ts';
import { Connection } from '../../../src/adapters/bus/connection.ts';
import { decodeBody } from '../../../src/adapters/bus/dbus-next.ts';
import { ERROR, METHOD_CALL, METHOD_RETURN } from '../../../src/adapters/bus/message.ts';

const CALLS = 200;
const NAME = 'org.nixos.nspawn1';

let atOnce = 0;
let mostAtOnce = 0;
const slow = await Bus.connect();
slow.serve(call => {
  mostAtOnce = Math.max(mostAtOnce, ++atOnce);
  setTimeout(() => {
    atOnce--;
    slow.reply(call, 's', ['done']);
  }, 300);
});
await slow.requestName(NAME);

const bus = await Bus.connect();
const ours = await Promise.all(
  Array.from({ length: CALLS }, () => bus.call(NAME, '/', 'org.example', 'Ask')),
);
const most = mostAtOnce;
console.log(
  JSON.stringify({ ours: count(ours.map(String)), mostAtOnce: most, unlimited: count(await unlimited()) }),
);
await Promise.all([bus.close(), slow.close()]);

async function unlimited(): Promise<string[]> {
  const raw = await Connection.open('unix:path=/run/dbus/system_bus_socket');
  const ended: string[] = [];
  const all = Promise.withResolvers<void>();
  raw.receive({
    message: ({ type, errorName, signature, body, replySerial }) => {
      if (replySerial <= 1 || (type !== ERROR && type !== METHOD_RETURN)) return;
      ended.push(type === ERROR ? errorName : String(decodeBody(signature, body, true)));
      if (ended.length === CALLS) all.resolve();
    },
    failed: error => console.error(error),
    lost: error => console.error(error),
  });
  const hello = { path: '/', interface: 'org.freedesktop.DBus', member: 'Hello' };
  raw.send({ type: METHOD_CALL, destination: 'org.freedesktop.DBus', ...hello }, []);
  const call = { type: METHOD_CALL, destination: NAME, path: '/', interface: 'org.example', member: 'Ask' };
  for (let index = 0; index < CALLS; index++) raw.send(call, []);
  await all.promise;
  await raw.close();
  return ended;
}

function count(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
