import { stripVTControlCharacters, styleText } from 'node:util';
import { HARMFUL } from '../model/text.ts';

export type Colour = 'red' | 'green' | 'yellow' | 'gray' | 'bold';

/** `text` in a colour, whatever the stream: the caller decides whether to. */
export function paint(colour: Colour, text: string): string {
  return styleText(colour, text, { validateStream: false });
}

/**
 * Text that may come from elsewhere (a declaration, a guest) made safe for a terminal: characters that could move the
 * cursor, rename the window or turn the direction of what follows become `\x1b`, `\u202e` and the like.
 */
export function printable(text: string): string {
  return text.replace(HARMFUL, character => {
    if (character === '\n') return ' ';
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${hex(code, 2)}` : code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/** `line` in at most `width` columns, colours kept; what is cut off is marked with an ellipsis. */
export function cut(line: string, width: number): string {
  if (width <= 0 || stripVTControlCharacters(line).length <= width) return line;
  let columns = 0;
  let result = '';
  for (const part of line.split(COLOUR_SEQUENCE)) {
    const room = Math.max(0, width - 1 - columns);
    result += part.startsWith('\x1b') ? part : part.slice(0, room);
    if (!part.startsWith('\x1b')) columns += Math.min(part.length, room);
  }
  return `${result}…`;
}

/** Rows with aligned columns, two spaces apart; cells may be coloured. The last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
    });
  }
  return rows.map(row =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
const COLOUR_SEQUENCE = /(\x1b\[[0-9;]*m)/;

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - visibleLength(cell)));
}
