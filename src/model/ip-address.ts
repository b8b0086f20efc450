const OCTET = /^(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;
const PREFIX = /^(0|[1-9]\d{0,2})$/;
const MAX_LENGTH = 49;

/** Which kind of address a text is (inet_pton(3)), without zone or prefix length; undefined if none. */
export function familyOf(text: string): 4 | 6 | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (isIpv4(text)) return 4;
  return isIpv6(text) ? 6 : undefined;
}

/** Whether a text is an address, or one with a prefix length: `10.0.0.0/8`. */
export function isPrefix(text: string, { lengthRequired = false } = {}): boolean {
  const [address = '', length, ...more] = text.split('/', 3);
  const family = familyOf(address);
  if (family === undefined || more.length > 0) return false;
  if (length === undefined) return !lengthRequired;
  return PREFIX.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

function isIpv4(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every(one => OCTET.test(one));
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const endsInIpv4 = last.includes('.') && isIpv4(last) && !text.endsWith('::');
  const plain = endsInIpv4 ? groups.slice(0, -1) : groups;
  const count = plain.length + (endsInIpv4 ? 2 : 0);
  if (!plain.every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? count <= 7 : count === 8;
}
