import { sipHash24 } from './siphash.ts';

const MAX_LENGTH = 15;
const HASH_LENGTH = 4;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** SHORTEN_IFNAME_HASH_KEY of nspawn; the names have been made so since systemd 247 (systemd.net-naming-scheme(7)). */
const KEY = Buffer.from('e190a404a8ef4b518cccc33a9f11fca2', 'hex');

/**
 * The names of a machine's interface on the host, `ve-NAME`. One that is too long is shortened by nspawn to a prefix
 * and a hash; the long one is added as an alternative name a moment later. Who matches the long one only, sometimes
 * loses this race.
 */
export function hostInterfaceNames(name: string): readonly string[] {
  const full = `ve-${name}`;
  return full.length <= MAX_LENGTH ? [full] : [full, shortened(full)];
}

function shortened(full: string): string {
  const hash = sipHash24(Buffer.from(full), KEY);
  const digits = [18n, 12n, 6n, 0n].map(shift => ALPHABET[Number((hash >> shift) & 63n)]);
  return full.slice(0, MAX_LENGTH - HASH_LENGTH) + digits.join('');
}
