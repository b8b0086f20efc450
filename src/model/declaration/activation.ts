import * as z from 'zod/mini';
import { quoted } from '../text.ts';
import { parseTimeSpan } from '../time-span.ts';
import { must, notAPath } from './schema.ts';

/** A time span of systemd.time(7), read as ms; one that `complain` has nothing to say against. */
const timeSpanBut = (complain: (ms: number, shown: string) => string | undefined) =>
  z.pipe(
    z.string(),
    z.transform((text: string, ctx: z.core.ParsePayload) => {
      const ms = parseTimeSpan(text);
      const shown = quoted(text);
      const message = ms === undefined ? `cannot read ${shown} as a time span` : complain(ms, shown);
      if (message !== undefined) ctx.issues.push({ code: 'custom', message, input: text });
      return ms ?? 0;
    }),
  );

/** Longer than any host runs, and short enough that sums of it are exact and within what systemd reads. */
const LONGEST_MS = 100 * 365.25 * 86_400_000;
const timeSpan = timeSpanBut((ms, shown) => {
  if (ms < 1) return `${shown} is no time at all`;
  const isTooLong = Number.isFinite(ms) && ms > LONGEST_MS;
  return isTooLong ? `${shown} is longer than 100 years, use "infinity"` : undefined;
});

/** An hour: what is not good after that, nobody waits for. */
const LONGEST_SETTLE_MS = 3_600_000;
const settle = timeSpanBut((ms, shown) =>
  ms > LONGEST_SETTLE_MS ? `${shown} is longer than an hour` : undefined,
);

/** A command in the guest that ends with status 0 when the guest does its work. */
const probe = z.strictObject({
  command: z
    .array(z.string().check(must(notAnArgument)))
    .check(must(([program]) => (program === undefined ? 'must have a program' : notAPath(program)))),
  /** ms */
  timeout: z.prefault(timeSpan, '30s'),
});

function notAnArgument(text: string): string | undefined {
  if (text.includes('\0')) return `${quoted(text)} has a null character`;
  return text.isWellFormed() ? undefined : `${quoted(text)} is not valid Unicode`;
}

const strategies = z.enum(['restart', 'reload', 'dynamic', 'none']);

/** How a new system takes effect. */
export const activation = z.prefault(
  z.strictObject({
    strategy: z._default(strategies, 'restart'),
    /** ms; Infinity: no limit */
    timeout: z.prefault(timeSpan, '90s'),
    /** Whether a system that is found bad is given up for the last good one. */
    rollback: z._default(z.boolean(), true),
    probe: z._default(z.nullable(probe), null),
    /** Whether a guest with failed units is healthy. */
    allowDegraded: z._default(z.boolean(), false),
    /** ms that a guest must have been healthy before its system is good; 0: at once. */
    settle: z.prefault(settle, '3s'),
  }),
  {},
);
