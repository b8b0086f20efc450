import * as z from 'zod/mini';
import { parseTimeSpan } from '../time-span.ts';
import { must, notYet } from './schema.ts';

/** A time span of systemd.time(7), read as ms. */
const timeSpan = z.pipe(
  z.string(),
  z.transform((text: string, ctx: z.core.ParsePayload) => {
    const ms = parseTimeSpan(text);
    const message =
      ms === undefined
        ? `cannot read ${JSON.stringify(text)} as a time span`
        : ms < 1
          ? `${JSON.stringify(text)} is no time at all`
          : undefined;
    if (message !== undefined) ctx.issues.push({ code: 'custom', message, input: text });
    return ms ?? 0;
  }),
);

const strategies = z.enum(['restart', 'reload', 'dynamic', 'none']);

/** How a new system takes effect. */
export const activation = z.prefault(
  z.strictObject({
    strategy: z._default(
      strategies.check(
        must(one => (one === 'reload' || one === 'dynamic' ? `"${one}" is not supported yet` : undefined)),
      ),
      'restart',
    ),
    /** ms; Infinity: no limit */
    timeout: z.prefault(timeSpan, '90s'),
    rollback: z._default(z.boolean().check(notYet(false)), false),
    probe: z._default(z.unknown().check(notYet<unknown>(null)), null),
    allowDegraded: z._default(z.boolean().check(notYet(false)), false),
  }),
  {},
);
