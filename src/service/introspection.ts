import type { Argument, Interface, Method, Property, SignalDeclaration } from './declaration.ts';

export const DOCTYPE = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
"https://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
`;

/** The standard interfaces of every object, as sd-bus describes them. */
export const STANDARD_INTERFACES = `\
 <interface name="org.freedesktop.DBus.Peer">
  <method name="Ping"/>
  <method name="GetMachineId">
   <arg type="s" name="machine_uuid" direction="out"/>
  </method>
 </interface>
 <interface name="org.freedesktop.DBus.Introspectable">
  <method name="Introspect">
   <arg name="xml_data" type="s" direction="out"/>
  </method>
 </interface>
 <interface name="org.freedesktop.DBus.Properties">
  <method name="Get">
   <arg name="interface_name" direction="in" type="s"/>
   <arg name="property_name" direction="in" type="s"/>
   <arg name="value" direction="out" type="v"/>
  </method>
  <method name="GetAll">
   <arg name="interface_name" direction="in" type="s"/>
   <arg name="props" direction="out" type="a{sv}"/>
  </method>
  <method name="Set">
   <arg name="interface_name" direction="in" type="s"/>
   <arg name="property_name" direction="in" type="s"/>
   <arg name="value" direction="in" type="v"/>
  </method>
  <signal name="PropertiesChanged">
   <arg type="s" name="interface_name"/>
   <arg type="a{sv}" name="changed_properties"/>
   <arg type="as" name="invalidated_properties"/>
  </signal>
 </interface>
`;

export const OBJECT_MANAGER_INTERFACE = `\
 <interface name="org.freedesktop.DBus.ObjectManager">
  <method name="GetManagedObjects">
   <arg type="a{oa{sa{sv}}}" name="object_paths_interfaces_and_properties" direction="out"/>
  </method>
  <signal name="InterfacesAdded">
   <arg type="o" name="object_path"/>
   <arg type="a{sa{sv}}" name="interfaces_and_properties"/>
  </signal>
  <signal name="InterfacesRemoved">
   <arg type="o" name="object_path"/>
   <arg type="as" name="interfaces"/>
  </signal>
 </interface>
`;

/** An `<interface>` element, as objects serve it. */
export function interfaceXml<State>(declaration: Interface<State>): string {
  return render(declaration, () => '');
}

/**
 * The same as a file of its own with a comment for each member, as gdbus-codegen(1) reads them: the form that
 * is installed for people and tools.
 */
export function documentedXml<State>(declaration: Interface<State>): string {
  return `${DOCTYPE}\n<!-- Made from the declarations in src/service by test/service/interface-files.test.ts. -->\n<node>\n${render(declaration, comment)}</node>\n`;
}

type Comment = (indent: string, name: string, doc: string, args: readonly Argument[]) => string;

function render<State>(declaration: Interface<State>, note: Comment): string {
  const { name, doc, methods, signals, properties } = declaration;
  const lines = [
    `${note(' ', name, doc, [])} <interface name="${name}">\n`,
    ...Object.entries(methods).map(
      ([member, method]) =>
        note('  ', member, method.doc, [...method.in, ...method.out]) + methodXml(member, method),
    ),
    ...Object.entries(signals).map(
      ([member, signal]) => note('  ', member, signal.doc, signal.args) + signalXml(member, signal),
    ),
    ...Object.entries(properties).map(
      ([member, property]) => note('  ', member, property.doc, []) + propertyXml(member, property),
    ),
    ' </interface>\n',
  ];
  return lines.join('');
}

function methodXml<State>(name: string, method: Method<State>): string {
  const args = [
    ...method.in.map(argument => argumentXml(argument, ' direction="in"')),
    ...method.out.map(argument => argumentXml(argument, ' direction="out"')),
  ];
  return element('method', `name="${name}"`, args);
}

function signalXml(name: string, signal: SignalDeclaration): string {
  const args = signal.args.map(argument => argumentXml(argument, ''));
  return element('signal', `name="${name}"`, args);
}

function propertyXml<State>(name: string, { type, emits }: Property<State>): string {
  const annotation = `   <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="${emits}"/>\n`;
  return element(
    'property',
    `name="${name}" type="${type}" access="read"`,
    emits === 'true' ? [] : [annotation],
  );
}

function argumentXml([name, type]: Argument, direction: string): string {
  return `   <arg type="${type}" name="${name}"${direction}/>\n`;
}

function element(tag: string, attributes: string, children: string[]): string {
  if (children.length === 0) return `  <${tag} ${attributes}/>\n`;
  return `  <${tag} ${attributes}>\n${children.join('')}  </${tag}>\n`;
}

function comment(indent: string, name: string, doc: string, args: readonly Argument[]): string {
  const lines = [`${name}:`, ...args.map(([argument, , text]) => `@${argument}: ${text}`), '', doc];
  const text = lines.map(line => (line === '' ? '' : `${indent}    ${line}`)).join('\n');
  return `\n${indent}<!--\n${text}\n${indent}-->\n`;
}
