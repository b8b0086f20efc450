import { quoted } from '../model/text.ts';

/**
 * A path as one field of `Bind=` in a `.nspawn` file: fields are separated by colons, a backslash takes the next
 * character as it is. No specifiers, no quotes; blanks at the end of a line would be cut off, so another field must
 * follow (systemd.nspawn(5), systemd-nspawn(1) `--bind=`).
 */
export function bindField(path: string): string {
  return path.replaceAll(/[\\:]/g, '\\$&');
}

/**
 * A word of `Parameters=` in a `.nspawn` file. These are split at blanks and quotes are taken off, but backslashes are
 * kept as they are: not every text can be written, store paths need nothing.
 */
export function parameterWord(text: string): string {
  if (!/^[\w./+=?,:@~^-]+$/.test(text))
    throw new TypeError(`cannot write ${quoted(text)} as a parameter of init`);
  return text;
}
