import * as z from 'zod/mini';
import { quoted } from '../text.ts';
import { must } from './schema.ts';

const FULL_RANGE = 0x1_0000;
const MAX_UID = 0xffff_ffff;

/** Which user IDs of the host the guest's are: `pick`, `no` (the same), or `UID:RANGE`. */
export const userNamespace = z._default(z.string().check(must(notAUserNamespace)), 'pick');

/**
 * A fixed range must be a multiple of 65536 at a multiple of 65536: what lies there without idmapped mounts is
 * shifted by its upper 16 bits only, and nobody is 65534.
 */
function notAUserNamespace(text: string): string | undefined {
  if (text === 'pick' || text === 'no') return undefined;
  if (text === 'managed') return '"managed" is not supported yet';
  // systemd refuses a UID with a leading zero, and takes such a range for octal.
  const [, uid, range] = /^(0|[1-9]\d{0,9}):(0|[1-9]\d{0,9})$/.exec(text)?.map(Number) ?? [];
  if (uid === undefined || range === undefined)
    return `must be "pick", "no" or "UID:RANGE", not ${quoted(text)}`;
  if (uid === 0) return `"${text}" starts at the host's root, use "no" for that`;
  if (uid % FULL_RANGE !== 0) return `${uid} is not a multiple of ${FULL_RANGE}`;
  if (range === 0 || range % FULL_RANGE !== 0)
    return `a range of ${range} is not a multiple of ${FULL_RANGE}`;
  return uid + range > MAX_UID ? `"${text}" goes beyond the last user ID` : undefined;
}
