import type { Random } from '../../scenarios/soak/random.ts';

/** Pieces that mean something to somebody: unit files, JSON, shells, terminals, paths, D-Bus, Unicode. */
const PIECES = [
  ...[
    '\\',
    '\\\\',
    ' ',
    '\t',
    '\n',
    '\r',
    '\0',
    '\f',
    '\v',
    '"',
    "'",
    '`',
    '%',
    '%n',
    '%%',
    '$',
    '$$',
    '$HOME',
  ],
  ...[
    '#',
    ';',
    '=',
    '[',
    ']',
    '[Exec]\n',
    ':',
    ',',
    '/',
    '//',
    '.',
    '..',
    '/../',
    '-',
    '_',
    '@',
    '*',
    '?',
    '~',
  ],
  ...[
    '\u0085',
    '\u009b',
    '\u007f',
    '\u00a0',
    '\u200b',
    '\u202e',
    '\u2066',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffd',
  ],
  ...['\ud800', '\udc00', '😀', 'é', 'ß', 'İ', '\u{e0001}', '\u{10ffff}', '\u001b[31m', '\u001b]0;x\u0007'],
  ...[
    'a',
    'b',
    'web',
    'x-y',
    'A',
    '0',
    '1',
    '10',
    '-1',
    '65536',
    '4294967296',
    '1e308',
    'NaN',
    'infinity',
    'null',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'yes',
    'no',
    'true',
    '90s',
    '1h',
    '100%',
    '1G',
    '_2d',
  ],
];

/** Text of a few pieces; now and then a long one. */
export function oddText(random: Random, most = 6): string {
  const pieces = Array.from({ length: random.below(most + 1) }, () => random.pick(PIECES));
  if (random.chance(0.01)) pieces.push(random.pick(PIECES).repeat(random.pick([16, 64, 256, 5000])));
  return pieces.join('');
}

/** Some edits of a text. */
export function mutatedText(random: Random, text: string, edits = 1 + random.below(4)): string {
  let mutated = text;
  for (let edit = 0; edit < edits; edit++) mutated = edited(random, mutated);
  return mutated;
}

function edited(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.below(8));
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, end) + text.slice(at);
    case 2:
      return text.slice(0, at);
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    default:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(random.pick([at, end]));
  }
}
