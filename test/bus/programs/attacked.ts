/** Takes org.nixos.nspawn1, lets uid 65534 attack, and prints what came of it as JSON. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Bus } from '../../../src/adapters/bus/bus.ts';

const SYSTEMD = 'org.freedesktop.systemd1';
const MANAGER = ['/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'] as const;
const attacker = new URL('attacker.ts', import.meta.url).pathname;

const bus = await Bus.connect({ log: (level, message) => console.error(level, message) });
const units: unknown[] = [];
const owners: string[] = [];
const finished = Promise.withResolvers<void>();
bus.onOwnerChange(SYSTEMD, owner => owners.push(owner));
await bus.subscribe({ sender: SYSTEMD, interface: MANAGER[1], member: 'JobRemoved' }, ({ body }) => {
  units.push(body[2]);
  if (body[2] === 'real.service') finished.resolve();
});
await bus.call(SYSTEMD, ...MANAGER, 'Subscribe');
bus.serve(call => bus.reply(call, 's', [`alive, asked by ${call.interface}.${call.member}`]));
await bus.requestName('org.nixos.nspawn1');

const nobody = [
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  process.execPath,
  attacker,
  bus.uniqueName,
];
const { stdout } = await promisify(execFile)('setpriv', nobody);
await promisify(execFile)('systemd-run', ['--unit=real', '--wait', '--quiet', 'true']);
await finished.promise;
console.log(JSON.stringify({ answer: stdout.trim(), units, owners, owner: bus.owner(SYSTEMD) }));
await bus.close();
