/** The standard interfaces, with the errors and texts of sd-bus: what systemd's own services answer. */
import { type Bus, BusError, type Call, standardError, Variant } from '../adapters/bus/bus.ts';
import { readText } from '../adapters/files.ts';
import { MAX_BYTES } from '../model/bounds.ts';
import { MANAGER_PATH } from '../model/object-path.ts';
import type { ServedObject } from './declaration.ts';
import { DOCTYPE, interfaceXml, OBJECT_MANAGER_INTERFACE, STANDARD_INTERFACES } from './introspection.ts';
import { allProperties } from './properties.ts';

export const PEER = 'org.freedesktop.DBus.Peer';
export const INTROSPECTABLE = 'org.freedesktop.DBus.Introspectable';
export const PROPERTIES = 'org.freedesktop.DBus.Properties';
export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';

const WITHOUT_PROPERTIES: readonly string[] = [PEER, INTROSPECTABLE, PROPERTIES, OBJECT_MANAGER];

/** Peer is answered at every path, whether there is an object or not. */
export function answerPeer(bus: Bus, call: Call): void {
  if (call.member === 'Ping') bus.reply(call);
  else if (call.member === 'GetMachineId') bus.reply(call, 's', [machineId()]);
  else fail('UnknownMethod', `Unknown method '${call.member}' on interface '${PEER}'.`);
}

/** `object` is undefined at the nodes above our objects, which have nothing but children. */
export function answerIntrospect(
  bus: Bus,
  call: Call,
  object: ServedObject | undefined,
  children: string[],
): void {
  expectArguments(call, '', 'Expected no parameters');
  const parts = [
    `${DOCTYPE}<node>\n`,
    STANDARD_INTERFACES,
    ...(call.path === MANAGER_PATH ? [OBJECT_MANAGER_INTERFACE] : []),
    ...(object ? [interfaceXml(object.declaration)] : []),
    ...children.map(child => ` <node name="${child}"/>\n`),
    '</node>\n',
  ];
  bus.reply(call, 's', [parts.join('')]);
}

export function answerProperties(bus: Bus, call: Call, object: ServedObject): void {
  if (call.member === 'Get') bus.reply(call, 'v', [getProperty(call, object)]);
  else if (call.member === 'GetAll') bus.reply(call, 'a{sv}', [getAll(call, object)]);
  else if (call.member === 'Set') refuseToSet(call, object);
  else throw unknownMethod(call);
}

export function expectArguments(call: Call, signature: string, text: string): void {
  if (call.signature !== signature) fail('InvalidArgs', text);
}

export function unknownMethod(call: Call): BusError {
  const text = `Unknown method ${call.member} or interface ${call.interface}.`;
  return new BusError(standardError('UnknownMethod'), text);
}

/** sd-bus answers UnknownMethod or UnknownProperty here; the D-Bus specification has a word of its own for it. */
export function unknownInterface(iface: string): BusError {
  return new BusError(standardError('UnknownInterface'), `Unknown interface '${iface}'.`);
}

export function unknownObject(call: Call): BusError {
  return new BusError(standardError('UnknownObject'), `Unknown object '${call.path}'.`);
}

function getProperty(call: Call, { declaration, state }: ServedObject): Variant {
  expectArguments(call, 'ss', 'Expected interface and member parameters');
  const [iface, name] = call.args() as [string, string];
  const property = propertyOf(declaration, iface, name);
  return new Variant(property.type, property.get(state));
}

function getAll(call: Call, { declaration, state }: ServedObject): Record<string, Variant> {
  expectArguments(call, 's', 'Expected interface parameter');
  const [iface] = call.args() as [string];
  if (iface === '' || iface === declaration.name) return allProperties(declaration, state);
  if (WITHOUT_PROPERTIES.includes(iface)) return {};
  throw unknownInterface(iface);
}

/** No property is writable. The value is left unread: it may be of any type, and of anybody's making. */
function refuseToSet(call: Call, { declaration }: ServedObject): never {
  if (!call.signature.startsWith('ss')) fail('InvalidArgs', 'Expected interface and member parameters');
  const [iface, name] = call.args('ss') as [string, string];
  propertyOf(declaration, iface, name);
  return fail('PropertyReadOnly', `Property '${name}' is not writable.`);
}

function propertyOf({ name: own, properties }: ServedObject['declaration'], iface: string, name: string) {
  if (iface !== own) throw unknownInterface(iface);
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return property ?? fail('UnknownProperty', `Unknown interface ${iface} or property ${name}.`);
}

/** See machine-id(5). */
function machineId(): string {
  return readText('/etc/machine-id', { max: MAX_BYTES.value }).text.trim();
}

function fail(error: string, text: string): never {
  throw new BusError(standardError(error), text);
}
