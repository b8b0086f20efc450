/** Numbers below a bound, the same each time (Park and Miller). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** What values are made of, and what breaks them. */
const PIECES = [
  ...['0', '1', '2', '7', '9', '10', '100', '1000', '10000', '8191', '8192', '65535', '65536', '4294967296'],
  ...['9223372036854775807', '9223372036854775808', '18446744073709551614', '18446744073709551615'],
  ...[
    '00',
    '0x',
    '.',
    '.5',
    '-',
    '+',
    ',',
    ':',
    '/',
    '%',
    '%i',
    '%%',
    '~',
    '!',
    '*',
    '?',
    '[',
    ']',
    '"',
    "'",
  ],
  ...['\\', '\\x20', '#', ';', '=', '$', '$x', ' ', '  ', '\t', '\u00a0', '\u00e9', '\ufffd'],
  ...[
    'K',
    'M',
    'G',
    'T',
    'P',
    'E',
    'B',
    'k',
    's',
    'ms',
    'us',
    'min',
    'm',
    'h',
    'd',
    'w',
    'M',
    'y',
    'infinity',
  ],
  ...[
    'yes',
    'no',
    'idle',
    'any',
    'tcp',
    'udp',
    'ipv4',
    'ipv6',
    'cpu',
    'memory',
    'eth0',
    'lo',
    '10.0.0.1',
    '::1',
  ],
  ...[
    '/dev/null',
    '/dev/../dev/null',
    '/a b',
    'char-pts',
    'rw',
    'a.slice',
    'egress',
    'cgroup:inet:a:b',
    'localhost',
  ],
];

/** Texts of one to five of these pieces, or of a good one with something done to it. */
export function* mutations(good: readonly string[], seed: number, count: number): Iterable<string> {
  const next = randomFrom(seed);
  const piece = () => PIECES[next(PIECES.length)] ?? '';
  for (let index = 0; index < count; index++) {
    const one = good[next(good.length)] ?? '';
    const at = next(one.length + 1);
    const kind = next(4);
    if (kind === 0) yield Array.from({ length: 1 + next(5) }, piece).join('');
    else if (kind === 1) yield one.slice(0, at) + piece() + one.slice(at);
    else if (kind === 2) yield one.slice(0, at) + one.slice(at + 1);
    else yield `${one}${piece()}`;
  }
}
