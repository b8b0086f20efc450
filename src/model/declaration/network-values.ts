import { quoted } from '../text.ts';
import { ADDRESSES } from './network-addresses.ts';
import { NUMBERS } from './network-numbers.ts';
import type { Setting } from './network-setting.ts';
import { WORDS } from './network-words.ts';

/** Longer than any value that means something. */
const MAX_LENGTH = 4096;

const UNKNOWN: Setting = { reads: () => false, meaning: 'a value, since it is not known what it may be' };

const SETTINGS: ReadonlyMap<string, Setting> = new Map([...WORDS, ...NUMBERS, ...ADDRESSES]);

/**
 * Why networkd would not read a value of a `.network` setting (`DHCPServer.PoolSize`), or not as meant: it warns, and
 * goes without. What each may be is compared with both versions by network-settings-mean-what-they-say.host.test.ts.
 */
export function notANetworkValue(name: string, value: string): string | undefined {
  const { reads, meaning } = SETTINGS.get(name) ?? UNKNOWN;
  return value.length <= MAX_LENGTH && reads(value)
    ? undefined
    : `cannot read ${quoted(value)} as ${meaning}`;
}
