import { quoted } from '../text.ts';

const MAX_LENGTH = 15;

/**
 * Why the kernel or systemd would refuse this as the name of a network interface (ifname_valid() in systemd), or not read
 * it as it is: where a setting takes several names, quotes and backslashes are taken off.
 */
export function notAnInterface(name: string): string | undefined {
  const shown = quoted(name);
  if (name === '') return 'an interface needs a name';
  if (name.length > MAX_LENGTH)
    return `${shown} is longer than the ${MAX_LENGTH} characters of an interface name`;
  const reserved = ['.', '..', 'all', 'default'].includes(name) || /^\d+$/.test(name);
  return reserved || !/^[!-~]+$/.test(name) || /[:/%"'\\]/.test(name)
    ? `${shown} is no name for an interface`
    : undefined;
}

/** `IFACE`, or `IFACE:NAME` for another name in the guest (systemd.nspawn(5)). */
export function notAnInterfacePair(pair: string): string | undefined {
  const names = pair.split(':');
  if (names.length > 2) return `${quoted(pair)} is neither INTERFACE nor INTERFACE:NAME`;
  return names.map(notAnInterface).find(one => one !== undefined);
}
