/** Prints every signal of org.nixos.nspawn1 as a line of JSON while it makes calls to the service of service.ts. */
import { Bus } from '../../../src/adapters/bus/bus.ts';

const NAME = 'org.nixos.nspawn1';
const ROOT = '/org/nixos/nspawn1';
const WEB0 = `${ROOT}/container/web0`;
const CONTAINER = 'org.nixos.nspawn1.Container';

const heard: unknown[] = [];
const bus = await Bus.connect();
await bus.subscribe({ sender: NAME }, ({ path, member, body }) => {
  heard.push([path.replace(ROOT, ''), member, ...body]);
});
const steps: [string, string, string][] = [
  ['start', WEB0, CONTAINER],
  ['stop', WEB0, CONTAINER],
  ['restart', WEB0, CONTAINER],
  ['reload', ROOT, 'org.nixos.nspawn1.Manager'],
];
const result: Record<string, unknown[]> = {};
for (const [step, path, iface] of steps) {
  await bus.call(
    NAME,
    path,
    iface,
    step.replace(/^./, letter => letter.toUpperCase()),
  );
  // Whatever a call causes is sent before its reply.
  result[step] = heard.splice(0);
}
console.log(JSON.stringify(result, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)));
await bus.close();
