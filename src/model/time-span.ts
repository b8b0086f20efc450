const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Names of each unit and its length in ms. Case counts: `m` are minutes, `M` months. */
const UNITS: ReadonlyMap<string, number> = new Map(
  (
    [
      [0.001, 'usec us µs μs'],
      [1, 'msec ms'],
      [SECOND, 'seconds second sec s'],
      [MINUTE, 'minutes minute min m'],
      [HOUR, 'hours hour hr h'],
      [DAY, 'days day d'],
      [7 * DAY, 'weeks week w'],
      [30.4375 * DAY, 'months month M'],
      [365.25 * DAY, 'years year y'],
    ] as const
  ).flatMap(([length, names]) => names.split(' ').map(name => [name, length] as const)),
);

const PART = /\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-zA-Zµμ]*)\s*/y;

/**
 * Reads a time span of systemd.time(7), such as `90s`, `1min 30s`, `2h30min`: its length in ms. A number without
 * unit means seconds, `infinity` is Infinity. Undefined for anything else.
 */
export function parseTimeSpan(text: string): number | undefined {
  if (text.trim() === 'infinity') return Number.POSITIVE_INFINITY;
  let total = 0;
  let end = 0;
  while (end < text.length) {
    PART.lastIndex = end;
    const part = PART.exec(text);
    const unit = part?.[2] === '' ? SECOND : UNITS.get(part?.[2] ?? '');
    if (part === null || unit === undefined) return undefined;
    total += Number(part[1]) * unit;
    end = PART.lastIndex;
  }
  return end > 0 && text.trim() !== '' ? total : undefined;
}

/** Writes a length in ms as a time span that systemd reads back: `90s`, `1500ms`, `infinity`. */
export function formatTimeSpan(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'infinity';
  return ms % SECOND === 0 ? `${ms / SECOND}s` : `${Math.ceil(ms)}ms`;
}

/** As long a time, as far as a timer of Node can wait: one that is asked for more (24 days) ends at once. */
export function timerSpan(ms: number): number {
  return Math.min(ms, 2 ** 31 - 1);
}
