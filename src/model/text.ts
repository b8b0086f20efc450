/** What has no place in shown text: controls (C0, C1, delete), bidirectional and invisible formatting, separators, no characters. */
export const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const ESCAPE_SEQUENCE = /\u001b\[[0-9;:?]*[ -/]*[@-~]/g;
const MAX_SHOWN = 256;
const MAX_LISTED = 3072;

/**
 * Text of somebody else (a caller, a guest, a file) without what could change how or where a terminal shows it, or the
 * text around it. Its length is the caller's business: bound it first.
 */
export function sanitize(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, '').replace(HARMFUL, ' ').trim();
}

/** The first `max` characters (UTF-16 code units), with an ellipsis where something was cut off. */
export function shortened(text: string, max = MAX_SHOWN): string {
  if (text.length <= max) return text;
  // Not in the middle of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text.charAt(max - 2)) ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}

/** Texts joined; of more than `max` characters only as many as there is room for, and how many are left out. */
export function listed(texts: readonly string[], separator: string, max = MAX_LISTED): string {
  let length = 0;
  const shown = texts.filter(text => {
    length += text.length + separator.length;
    return length <= max;
  });
  const left = texts.length - shown.length;
  if (left === 0) return shown.join(separator);
  if (shown.length === 0)
    return `${shortened(texts[0] ?? '', max)}${left > 1 ? `${separator}and ${left - 1} more` : ''}`;
  return [...shown, `and ${left} more`].join(separator);
}

/** Text of somebody else within a message of ours: at most 256 characters of it, and nothing that would change the rest. */
export function echoed(text: string): string {
  return sanitize(shortened(text));
}

/**
 * A value of somebody else to be quoted in a message: in double quotes, at most 256 characters of it, and what would not
 * be seen, or would change what is, as `\uXXXX`.
 */
export function quoted(text: string, max = MAX_SHOWN): string {
  return JSON.stringify(shortened(text, max)).replace(HARMFUL, escaped);
}

function escaped(character: string): string {
  return Array.from(
    character.split(''),
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ).join('');
}
