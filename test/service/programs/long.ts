/**
 * Says what is as long as can be to the service of service.ts, and prints the answers as JSON: `NAME: TEXT` of an error,
 * or what it gave.
 */
import { Bus, type BusError, Variant } from '../../../src/adapters/bus/bus.ts';

const NAME = 'org.nixos.nspawn1';
const ROOT = '/org/nixos/nspawn1';
const MANAGER = `${NAME}.Manager`;
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const KB = 1024;
const WHOLE = 32 * 1024 * KB;
// The longest that the D-Bus specification allows.
const MEMBER = 'M'.repeat(255);
const INTERFACE = `a.${'b'.repeat(253)}`;
const SIGNATURE = 'y'.repeat(255);
const text = (length: number) => 'x'.repeat(length);

type Saying = [path: string, iface: string, member: string, signature?: string, body?: unknown[]];

const sayings: Record<string, Saying> = {
  'a member': [ROOT, MANAGER, MEMBER],
  'an interface': [ROOT, INTERFACE, 'Start'],
  'a member of Peer': [ROOT, 'org.freedesktop.DBus.Peer', MEMBER],
  'a signature': [ROOT, MANAGER, 'Start', SIGNATURE, Array(255).fill(0)],
  'a path': [`/${text(60 * KB)}`, MANAGER, 'Start'],
  'a path of a container': [`${ROOT}/container/${text(60 * KB)}`, MANAGER, 'Start'],
  'a name': [ROOT, MANAGER, 'GetContainer', 's', [text(60 * KB)]],
  'a name of 10 MB': [ROOT, MANAGER, 'WaitSettled', 'st', [text(10_000_000), 5_000_000n]],
  'a name to change': [ROOT, MANAGER, 'Start', 's', [text(60 * KB)]],
  'a system': [ROOT, MANAGER, 'Rollback', 'ss', ['web1', `/nix/store/${text(60 * KB)}`]],
  'an interface to read': [ROOT, PROPERTIES, 'GetAll', 's', [text(60 * KB)]],
  'a property': [ROOT, PROPERTIES, 'Get', 'ss', [MANAGER, text(60 * KB)]],
  'a property to set': [ROOT, PROPERTIES, 'Set', 'ssv', [MANAGER, text(60 * KB), new Variant('s', 'x')]],
  // Header, length of the text and its NUL included; the bus refuses more.
  'a call of 32 MiB': [ROOT, MANAGER, 'GetContainer', 's', [text(WHOLE - 200)]],
  afterwards: [ROOT, MANAGER, 'GetContainer', 's', ['web1']],
};

const bus = await Bus.connect();
const answers: Record<string, string> = {};
for (const [what, [path, iface, member, signature, body]] of Object.entries(sayings)) {
  answers[what] = await bus
    .call(NAME, path, iface, member, signature, body)
    .then(String, (error: BusError) => `${error.code}: ${error.message}`);
}
console.log(JSON.stringify(answers));
await bus.close();
