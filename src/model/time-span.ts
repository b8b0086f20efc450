const SECOND = 1000;

/** Names of each unit and its length in µs. Case counts: `m` are minutes, `M` months. */
const UNITS: ReadonlyMap<string, bigint> = new Map(
  (
    [
      [1n, 'usec us µs μs'],
      [1000n, 'msec ms'],
      [1_000_000n, 'seconds second sec s'],
      [60_000_000n, 'minutes minute min m'],
      [3_600_000_000n, 'hours hour hr h'],
      [86_400_000_000n, 'days day d'],
      [604_800_000_000n, 'weeks week w'],
      [2_629_800_000_000n, 'months month M'],
      [31_557_600_000_000n, 'years year y'],
    ] as const
  ).flatMap(([length, names]) => names.split(' ').map(name => [name, length] as const)),
);

/** As long a text as anybody writes. */
const MAX_LENGTH = 256;
/** USEC_INFINITY of systemd. */
const ENDLESS = 2n ** 64n - 1n;
const LARGEST_NUMBER = 2n ** 63n - 1n;

const PART = /[ \t\r\n]*(\d*)(?:\.(\d+))?([ \t\r\n]*)([a-zA-Zµμ]*)/y;

/**
 * Reads a time span of systemd.time(7), such as `90s`, `1min 30s`, `2h30min`: its length in ms. A number without
 * unit means seconds, `infinity` is Infinity. Undefined for anything else.
 */
export function parseTimeSpan(text: string): number | undefined {
  const length = microsecondsOf(text);
  return typeof length === 'bigint' ? Number(length) / 1000 : length;
}

/**
 * The same in µs, Infinity for `infinity`. Undefined also for what systemd refuses as too long, or would cut: it reads
 * no part of a microsecond (parse_time() in systemd).
 */
export function microsecondsOf(text: string): bigint | typeof Number.POSITIVE_INFINITY | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const given = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  if (given === 'infinity') return Number.POSITIVE_INFINITY;
  let total = 0n;
  let end = 0;
  while (end < given.length) {
    PART.lastIndex = end;
    const [all = '', whole = '', decimals = '', gap = '', unit = ''] = PART.exec(given) ?? [];
    end += all.length;
    if (whole === '' && decimals === '') return undefined;
    // A number that only a dot parts from the next: 1.5.5
    if (unit === '' && gap === '' && end < given.length) return undefined;
    const length = unit === '' ? UNITS.get('s') : UNITS.get(unit);
    const part = length === undefined ? undefined : partOf(BigInt(whole), decimals, length);
    if (part === undefined) return undefined;
    total += part;
    if (total >= ENDLESS) return undefined;
  }
  return end > 0 ? total : undefined;
}

function partOf(whole: bigint, decimals: string, length: bigint): bigint | undefined {
  if (whole > LARGEST_NUMBER) return undefined;
  const significant = decimals.replace(/0+$/, '');
  const fraction = BigInt(significant) * length;
  const scale = 10n ** BigInt(significant.length);
  // Digit by digit systemd cuts what is less than a microsecond: right only where nothing is to be cut.
  return length % scale === 0n ? whole * length + fraction / scale : undefined;
}

/** Writes a length in ms as a time span that systemd reads back: `90s`, `1500ms`, `infinity`. */
export function formatTimeSpan(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'infinity';
  if (ms % SECOND === 0) return `${ms / SECOND}s`;
  return Number.isInteger(ms) ? `${ms}ms` : `${Math.round(ms * 1000)}us`;
}

/** As long a time, as far as a timer of Node can wait: one that is asked for more (24 days) ends at once. */
export function timerSpan(ms: number): number {
  return Math.min(ms, 2 ** 31 - 1);
}
