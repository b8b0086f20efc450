import * as z from 'zod/mini';
import { quoted } from '../text.ts';
import { parseTimeSpan } from '../time-span.ts';
import { must, notAPath } from './schema.ts';

/** Longer than any host runs, and short enough that sums of it are exact and within what systemd reads. */
const MAX_SPAN = 100 * 365.25 * 86_400_000;

/** A time span of systemd.time(7), read as ms. */
const timeSpan = z.pipe(
  z.string(),
  z.transform((text: string, ctx: z.core.ParsePayload) => {
    const ms = parseTimeSpan(text);
    const message = ms === undefined ? `cannot read ${quoted(text)} as a time span` : notASpan(text, ms);
    if (message !== undefined) ctx.issues.push({ code: 'custom', message, input: text });
    return ms ?? 0;
  }),
);

function notASpan(text: string, ms: number): string | undefined {
  if (ms < 1) return `${quoted(text)} is no time at all`;
  const tooLong = Number.isFinite(ms) && ms > MAX_SPAN;
  return tooLong ? `${quoted(text)} is longer than 100 years, use "infinity"` : undefined;
}

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
  }),
  {},
);
