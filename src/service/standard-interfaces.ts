/** The standard interfaces, with the errors and texts of sd-bus: what systemd's own services answer. */
import { type Bus, BusError, type Call, encode, standardError, Variant } from '../adapters/bus/bus.ts';
import { readText } from '../adapters/files.ts';
import { MAX_BYTES } from '../model/bounds.ts';
import { MANAGER_PATH } from '../model/object-path.ts';
import { echoed } from '../model/text.ts';
import type { ServedObject } from './declaration.ts';
import { DOCTYPE, interfaceXml, OBJECT_MANAGER_INTERFACE, STANDARD_INTERFACES } from './introspection.ts';
import { allProperties } from './properties.ts';
import type { Replies } from './replies.ts';

export const PEER = 'org.freedesktop.DBus.Peer';
export const INTROSPECTABLE = 'org.freedesktop.DBus.Introspectable';
export const PROPERTIES = 'org.freedesktop.DBus.Properties';
export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';

const WITHOUT_PROPERTIES: readonly string[] = [PEER, INTROSPECTABLE, PROPERTIES, OBJECT_MANAGER];
const NO_PROPERTIES = encode('a{sv}', [{}]);

/** Peer is answered at every path, whether there is an object or not. */
export function answerPeer(bus: Bus, call: Call): void {
  if (call.member === 'Ping') bus.reply(call);
  else if (call.member === 'GetMachineId') bus.reply(call, 's', [machineId()]);
  else fail('UnknownMethod', `Unknown method '${echoed(call.member)}' on interface '${PEER}'.`);
}

/** The XML of a node. `object` is undefined at the nodes above our objects, which have nothing but children. */
export function introspect(path: string, object: ServedObject | undefined, children: string[]): string {
  const parts = [
    `${DOCTYPE}<node>\n`,
    STANDARD_INTERFACES,
    ...(path === MANAGER_PATH ? [OBJECT_MANAGER_INTERFACE] : []),
    ...(object ? [interfaceXml(object.declaration)] : []),
    ...children.map(child => ` <node name="${child}"/>\n`),
    '</node>\n',
  ];
  return parts.join('');
}

export function answerProperties(bus: Bus, call: Call, object: ServedObject, replies: Replies): void {
  if (call.member === 'Get') bus.replyRaw(call, 'v', getProperty(call, object, replies));
  else if (call.member === 'GetAll') bus.replyRaw(call, 'a{sv}', getAll(call, object, replies));
  else if (call.member === 'Set') refuseToSet(call, object);
  else throw unknownMethod(call);
}

export function expectArguments(call: Call, signature: string, text: string): void {
  if (call.signature !== signature) fail('InvalidArgs', text);
}

export function unknownMethod(call: Call): BusError {
  const text = `Unknown method ${echoed(call.member)} or interface ${echoed(call.interface)}.`;
  return new BusError(standardError('UnknownMethod'), text);
}

/** sd-bus answers UnknownMethod or UnknownProperty here; the D-Bus specification has a word of its own for it. */
export function unknownInterface(iface: string): BusError {
  return new BusError(standardError('UnknownInterface'), `Unknown interface '${echoed(iface)}'.`);
}

export function unknownObject(call: Call): BusError {
  return new BusError(standardError('UnknownObject'), `Unknown object '${echoed(call.path)}'.`);
}

function getProperty(call: Call, { declaration, state }: ServedObject, replies: Replies): Buffer {
  expectArguments(call, 'ss', 'Expected interface and member parameters');
  const [iface, name] = call.args() as [string, string];
  const { type, get } = propertyOf(declaration, iface, name);
  const make = () => encode('v', [new Variant(type, get(state))]);
  // One property of each of many containers is not worth keeping.
  return call.path === MANAGER_PATH ? replies.get(state, `Get ${name}`, make) : make();
}

function getAll(call: Call, { declaration, state }: ServedObject, replies: Replies): Buffer {
  expectArguments(call, 's', 'Expected interface parameter');
  const [iface] = call.args() as [string];
  if (iface === '' || iface === declaration.name)
    return replies.get(state, 'GetAll', () => encode('a{sv}', [allProperties(declaration, state)]));
  if (WITHOUT_PROPERTIES.includes(iface)) return NO_PROPERTIES;
  throw unknownInterface(iface);
}

/** No property is writable. The value is left unread: it may be of any type, and of anybody's making. */
function refuseToSet(call: Call, { declaration }: ServedObject): never {
  if (!call.signature.startsWith('ss')) fail('InvalidArgs', 'Expected interface and member parameters');
  const [iface, name] = call.args('ss') as [string, string];
  propertyOf(declaration, iface, name);
  return fail('PropertyReadOnly', `Property '${echoed(name)}' is not writable.`);
}

function propertyOf({ name: own, properties }: ServedObject['declaration'], iface: string, name: string) {
  if (iface !== own) throw unknownInterface(iface);
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return (
    property ?? fail('UnknownProperty', `Unknown interface ${echoed(iface)} or property ${echoed(name)}.`)
  );
}

let knownMachineId: string | undefined;

/** See machine-id(5). It doesn't change while a system is up. */
function machineId(): string {
  knownMachineId ??= readText('/etc/machine-id', { max: MAX_BYTES.value }).text.trim();
  return knownMachineId;
}

function fail(error: string, text: string): never {
  throw new BusError(standardError(error), text);
}
