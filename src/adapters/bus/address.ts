import { BusError, standardError } from './errors.ts';

const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';

/** The address of the system bus, see DBUS_SYSTEM_BUS_ADDRESS in the D-Bus specification. */
export function systemBusAddress(): string {
  return process.env.DBUS_SYSTEM_BUS_ADDRESS || SYSTEM_BUS;
}

/**
 * The socket that a bus address names, in the form `net.connect` takes; the first usable one of a
 * `;`-separated list. Only `unix:path=` and `unix:abstract=` are known.
 */
export function socketPath(address: string): string {
  for (const entry of address.split(';')) {
    const keys = unixKeys(entry);
    const path = keys?.get('path');
    if (path) return path;
    const abstract = keys?.get('abstract');
    if (abstract) return `\0${abstract}`;
  }
  throw new BusError(
    standardError('BadAddress'),
    `cannot use the bus address "${address}": no unix socket in it`,
  );
}

function unixKeys(entry: string): Map<string, string> | undefined {
  if (!entry.startsWith('unix:')) return undefined;
  const pairs = entry.slice('unix:'.length).split(',');
  return new Map(pairs.map(pair => splitPair(pair)));
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
}
