import { familyOf, isPrefix } from '../ip-address.ts';
import { isMachineName } from '../name.ts';
import { microsecondsOf } from '../time-span.ts';
import { notAnInterface } from './interface-name.ts';
import { isBoolean, isNumber, isSize, isSpan, LARGEST, someWords, words } from './readers.ts';

/** Whether networkd reads a value as it is meant. */
export type Reads = (value: string) => boolean;

export const UINT32 = 0xffff_ffffn;
const UINT16 = 0xffffn;
const SECOND = 1_000_000n;

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const MAC = /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/;
const NFT_SET =
  /^(?:address|prefix|ifindex):(?:arp|bridge|inet|ip|ip6|netdev)(?::[A-Za-z][A-Za-z0-9_]{0,30}){2}$/;
/** Nothing that is taken off, expanded, or not allowed in a DHCP option. */
const PLAIN_WORD = /^[!#-$&(-[\]-~]{1,128}$/;

export function oneOf(text: string): Reads {
  const allowed = words(text);
  return value => allowed.includes(value);
}

export function booleanOr(text: string): Reads {
  const isOther = oneOf(text);
  return value => isBoolean(value) || isOther(value);
}

export function either(...readers: readonly Reads[]): Reads {
  return value => readers.some(reads => reads(value));
}

export function list(reads: Reads): Reads {
  return value => someWords(value, reads);
}

export function number(least: bigint, most: bigint): Reads {
  return value => isNumber(value, least, most);
}

export function size(base: bigint, least: bigint, most: bigint): Reads {
  return value => isSize(value, base, least) && bytesOf(value, base) <= most;
}

/** In whole seconds, where a least or most is given. */
export function span(least = 0n, most = LARGEST / SECOND): Reads {
  return value => isSpan(value, least * SECOND, most * SECOND);
}

/** Some time, and less than `most` seconds. */
export function someTime(most: bigint): Reads {
  return value => isSpan(value, 1n, most * SECOND);
}

export function hasSpan(value: string): boolean {
  return microsecondsOf(value) !== undefined;
}

export function isIpv4(value: string): boolean {
  return familyOf(value) === 4;
}

export function isIpv6(value: string): boolean {
  return familyOf(value) === 6;
}

export function isAddress(value: string): boolean {
  return familyOf(value) !== undefined;
}

/** With or without a length. */
export function isNetwork(value: string): boolean {
  return isPrefix(value);
}

export function isNetworkOf(family: 4 | 6): Reads {
  return value => isPrefix(value) && familyOf(value.split('/')[0] ?? '') === family;
}

export function isAddressWithLength(value: string): boolean {
  return isPrefix(value, { lengthRequired: true });
}

/** `ADDRESS[:PORT][#NAME]` */
export function isDnsServer(value: string): boolean {
  const [address = '', name, ...more] = value.split('#');
  if (more.length > 0 || (name !== undefined && !isDomain(name))) return false;
  if (isAddress(address)) return true;
  const [, plain = '', bracketed = '', port = ''] = /^(?:([^:[\]]*)|\[([^\]]*)\]):(\d+)$/.exec(address) ?? [];
  return (isIpv4(plain) || isIpv6(bracketed)) && isNumber(port, 1n, UINT16);
}

export function isMac(value: string): boolean {
  return MAC.test(value);
}

export function isInterface(value: string): boolean {
  return notAnInterface(value) === undefined;
}

export function isHostName(value: string): boolean {
  return isMachineName(value) && value.split('.').every(label => label.length <= 63);
}

export function isDomain(value: string): boolean {
  const labels = value.replace(/\.$/, '').split('.');
  return value.length <= 253 && labels.every(label => LABEL.test(label));
}

/** Of `Domains=`: `~` in front makes it one for routing only. */
export function isSearchDomain(value: string): boolean {
  return value === '~.' || value === '.' || isDomain(value.replace(/^~/, ''));
}

export function isPlainWord(value: string): boolean {
  return PLAIN_WORD.test(value);
}

export function isNftSet(value: string): boolean {
  return NFT_SET.test(value);
}

export function isPortRange(value: string): boolean {
  const [from = '', to = from, ...more] = value.split('-');
  return more.length === 0 && isNumber(from, 1n, UINT16) && isNumber(to, BigInt(from), UINT16);
}

/** `OPTION:TYPE:VALUE` of DHCP, with `ahead` numbers before TYPE. */
export function isDhcpOption(ahead: readonly [bigint, bigint][]): Reads {
  return value => {
    const fields = value.split(':');
    const numbers = fields.slice(0, ahead.length);
    const [type = '', ...rest] = fields.slice(ahead.length);
    const isRight = OPTION_TYPES.get(type);
    return (
      numbers.length === ahead.length &&
      numbers.every((one, at) => isNumber(one, ...(ahead[at] ?? [0n, 0n]))) &&
      isRight?.(rest.join(':')) === true
    );
  };
}

const OPTION_TYPES: ReadonlyMap<string, Reads> = new Map([
  ['uint8', number(0n, 255n)],
  ['uint16', number(0n, UINT16)],
  ['uint32', number(0n, UINT32)],
  ['ipv4address', isIpv4],
  ['ipv6address', isIpv6],
  ['string', isPlainWord],
]);

/** The part of an address that is a host's own, or how it is made. */
export function isToken(value: string): boolean {
  if (['eui64', 'prefixstable'].includes(value)) return true;
  const address = value.replace(/^static:/, '');
  return isIpv6(address) && /^::.*[1-9a-fA-F]/.test(address);
}

function bytesOf(value: string, base: bigint): bigint {
  const [, whole = '0', decimals = '', unit] = /^(\d+)(?:\.(\d+))?([KMGTPE])?$/.exec(value) ?? [];
  const factor = unit === undefined ? 1n : base ** BigInt('KMGTPE'.indexOf(unit) + 1);
  return BigInt(whole) * factor + (BigInt(decimals) * factor) / 10n ** BigInt(decimals.length);
}
