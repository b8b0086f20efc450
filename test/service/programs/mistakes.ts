/**
 * Makes the same mistakes with systemd itself and with the service of service.ts, which runs already, and
 * prints both answers to each as JSON: names that have to differ are replaced.
 */
import { Bus, type BusError, Variant } from '../../../src/adapters/bus/bus.ts';

const PEER = 'org.freedesktop.DBus.Peer';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const INTROSPECTABLE = 'org.freedesktop.DBus.Introspectable';
const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';

interface Service {
  name: string;
  root: string;
  manager: string;
  method: string;
  property: string;
}

const SYSTEMD: Service = {
  name: 'org.freedesktop.systemd1',
  root: '/org/freedesktop/systemd1',
  manager: 'org.freedesktop.systemd1.Manager',
  method: 'GetUnit',
  property: 'Version',
};
const OURS: Service = {
  name: 'org.nixos.nspawn1',
  root: '/org/nixos/nspawn1',
  manager: 'org.nixos.nspawn1.Manager',
  method: 'GetContainer',
  property: 'Version',
};

type Mistake = [path: string, iface: string, member: string, signature?: string, body?: unknown[]];

function mistakes({ root, manager, method, property }: Service): Record<string, Mistake> {
  return {
    'unknown object': [`${root}/nope`, manager, method, 's', ['x']],
    'unknown object outside': ['/nope', manager, method, 's', ['x']],
    'call of a node without an object': ['/org', manager, method, 's', ['x']],
    'unknown method': [root, manager, 'Nope'],
    'unknown interface': [root, 'org.example.Nope', method, 's', ['x']],
    'wrong argument type': [root, manager, method, 'u', [1]],
    'missing argument': [root, manager, method],
    'surplus argument': [root, manager, method, 'ss', ['x', 'y']],
    'get: unknown interface': [root, PROPERTIES, 'Get', 'ss', ['org.example.Nope', property]],
    'get: unknown property': [root, PROPERTIES, 'Get', 'ss', [manager, 'Nope']],
    'get: property of every object': [root, PROPERTIES, 'Get', 'ss', [manager, 'constructor']],
    'get: missing argument': [root, PROPERTIES, 'Get', 's', [manager]],
    'get: unknown object': [`${root}/nope`, PROPERTIES, 'Get', 'ss', [manager, property]],
    'get all: unknown interface': [root, PROPERTIES, 'GetAll', 's', ['org.example.Nope']],
    'get all: interface without properties': [root, PROPERTIES, 'GetAll', 's', [PEER]],
    'get all: of a node without an object': ['/org', PROPERTIES, 'GetAll', 's', [manager]],
    'set: read-only property': [root, PROPERTIES, 'Set', 'ssv', [manager, property, new Variant('s', 'x')]],
    'set: unknown property': [root, PROPERTIES, 'Set', 'ssv', [manager, 'Nope', new Variant('s', 'x')]],
    'set: unknown interface': [
      root,
      PROPERTIES,
      'Set',
      'ssv',
      ['org.example.Nope', property, new Variant('s', 'x')],
    ],
    'unknown method of Properties': [root, PROPERTIES, 'Nope'],
    'introspect: argument': [root, INTROSPECTABLE, 'Introspect', 's', ['x']],
    'introspect: unknown object': [`${root}/nope`, INTROSPECTABLE, 'Introspect'],
    'unknown method of Introspectable': [root, INTROSPECTABLE, 'Nope'],
    'unknown method of a node': ['/org', INTROSPECTABLE, 'Nope'],
    'unknown method of Peer': [root, PEER, 'Nope'],
    'ping of an unknown object': [`${root}/nope`, PEER, 'Ping'],
    'managed objects of a node': ['/org', OBJECT_MANAGER, 'GetManagedObjects'],
    'managed objects: argument': [root, OBJECT_MANAGER, 'GetManagedObjects', 's', ['x']],
    'unknown method of ObjectManager': [root, OBJECT_MANAGER, 'Nope'],
  };
}

const bus = await Bus.connect();
const theirs = await answers(SYSTEMD);
const ours = await answers(OURS);
console.log(JSON.stringify({ theirs, ours }));
await bus.close();

async function answers(service: Service): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const [what, [path, iface, member, signature, body]] of Object.entries(mistakes(service)))
    result[what] = await bus.call(service.name, path, iface, member, signature, body).then(
      values => JSON.stringify(values),
      (error: BusError) => neutral(`${error.code}: ${error.message}`, service),
    );
  return result;
}

function neutral(text: string, { name, root, method, property }: Service): string {
  return text
    .replaceAll(name, 'NAME')
    .replaceAll(root, 'ROOT')
    .replaceAll(method, 'METHOD')
    .replaceAll(property, 'PROPERTY');
}
