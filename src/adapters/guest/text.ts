import { messageOf } from '../../model/errors.ts';
import { sanitize } from '../../model/text.ts';
import { BusError, standardError } from '../bus/errors.ts';

const MAX_NAME = 256;
const MAX_OUTPUT = 300;
const LAST_LINES = 20;
const MAX_ERROR = 500;

/** A word or name that a guest sent: throws when it isn't even text. */
export function nameFrom(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`cannot understand the guest: no text as ${what}`);
  return sanitize(value.slice(0, MAX_NAME));
}

/** The last lines as one; when they are too long for a reason, the end of them, which is what tells. */
export function lastWords(lines: readonly string[]): string {
  const text = lines.slice(-LAST_LINES).join('; ');
  return text.length <= MAX_OUTPUT ? text : `…${text.slice(-MAX_OUTPUT + 1)}`;
}

/**
 * An error whose words may be the guest's, fit to be shown, with its causes in its message: those would be logged as
 * they are.
 */
export function harmless(error: unknown, what = ''): BusError {
  const code = error instanceof BusError ? nameFrom(error.code, 'error') : standardError('Failed');
  const text = sanitize(messageOf(error).slice(0, MAX_ERROR));
  return new BusError(code, what === '' ? text : `${what}: ${text}`);
}
