import { parseTimeSpan } from '../model/time-span.ts';
import type { CommandOption } from './command.ts';
import { usageError } from './exit.ts';

/** The --timeout option; `what` is what happens by then. */
export function timeoutOption(what: string): CommandOption {
  return { value: 'SPAN', summary: what };
}

/**
 * The value of --timeout in ms, at most 24 days: what a timer of Node can wait. Throws a usage error for what is
 * no time span of systemd.time(7).
 */
export function readTimeout(text: string | undefined, preset: string): number {
  const span = parseTimeSpan(text ?? preset);
  if (span === undefined) throw usageError(`cannot read '${text}' as a time span for --timeout (like '5m')`);
  return Math.min(span, LONGEST);
}

const LONGEST = 24 * 24 * 3_600_000;
