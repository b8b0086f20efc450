import { quoted } from './text.ts';

/** Of a value, in bytes: an environment variable or argument can't be longer (execve(2)), nothing else comes near. */
const MAX_LENGTH = 128 * 1024;

/** What systemd takes for no Unicode (unichar_is_valid()): a file with one of these is not read at all. */
const NONCHARACTER = /\p{Noncharacter_Code_Point}/u;

/**
 * Why a text can't be the value of one line of a unit file and come back as it is (systemd.syntax(7)): control characters
 * would end or hide it, a backslash at the end would swallow the next line, blanks around it are taken off. What the
 * value means there is systemd's business.
 */
export function notOneLine(text: string): string | undefined {
  if (text.length > MAX_LENGTH || Buffer.byteLength(text) > MAX_LENGTH)
    return `${quoted(text)} is longer than ${MAX_LENGTH} bytes`;
  return (
    controlOf(text) ??
    notUnicode(text) ??
    (/^[ \t]|[ \t]$/.test(text)
      ? `${quoted(text)} begins or ends with a blank, which systemd takes off`
      : undefined) ??
    (endsInEscape(text) ? `${quoted(text)} ends in a backslash, which would join the next line` : undefined)
  );
}

/** Why systemd would take a text for no Unicode. */
export function notUnicode(text: string): string | undefined {
  return text.isWellFormed() && !NONCHARACTER.test(text) ? undefined : `${quoted(text)} is not valid Unicode`;
}

/** C0 and C1 controls, delete, and what else some program takes for the end of a line. */
export function controlOf(text: string): string | undefined {
  return /[\p{Cc}\u2028\u2029]/u.test(text) ? `${quoted(text)} has a control character` : undefined;
}

/** Of two backslashes the first takes the second as it is. */
function endsInEscape(text: string): boolean {
  let start = text.length;
  while (text[start - 1] === '\\') start -= 1;
  return (text.length - start) % 2 === 1;
}
