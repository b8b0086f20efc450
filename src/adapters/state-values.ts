import * as z from 'zod/mini';
import { MAX_EVIDENCE, MAX_REASON } from '../model/bounds.ts';
import { isStorePath } from '../model/store-path.ts';
import { sanitize, shortened } from '../model/text.ts';

/*
 * The values in files of state, as they are once they were read: whatever a file says, a system is a store path (it
 * becomes a GC root and a line of a unit), a number can be published, and text is short and can be shown.
 */

export const system = z.string().check(z.refine(isStorePath, { error: 'no store path' }));
const fingerprint = z.string().check(z.regex(/^[0-9a-f]{16}$/));
export const start = { system, fingerprint };

/** An invocation of a unit, '' where it is not known (sd_id128_to_string(3)). */
export const invocation = z.string().check(z.regex(/^([0-9a-f]{32})?$/));
export const bootId = z.string().check(z.regex(/^[0-9a-f-]{0,36}$/));

/** A time or a span in µs, in the range that both JSON and D-Bus have whole numbers for. */
export const microseconds = z
  .number()
  .check(z.refine(one => Number.isSafeInteger(one) && one >= 0, { error: 'no number of microseconds' }));

export const reason = text(MAX_REASON);
export const word = text(256);

/** The last lines of what failed. */
export const evidence = z.array(word).check(z.maxLength(MAX_EVIDENCE));

function text(max: number) {
  return z.pipe(
    z.string(),
    z.transform(given => shortened(sanitize(given.slice(0, max + 1)), max)),
  );
}
