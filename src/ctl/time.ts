/** `timestamp` (µs since the epoch) as systemd's tools show it: `Thu 2026-01-08 12:00:00 CET; 5min ago`. */
export function since(timestamp: number, now = Date.now() * 1000): string {
  return `${localTime(timestamp)}; ${span(Math.max(0, now - timestamp), 2)} ago`;
}

/**
 * A duration in µs as systemd.time(7) writes it: `1h 2min`, `1.801s`, `20ms`. `parts`: how many units at most.
 */
export function span(microseconds: number, parts = 3): string {
  if (microseconds < SECOND) return `${Math.round(microseconds / 1000)}ms`;
  if (microseconds < MINUTE) return `${Number((microseconds / SECOND).toFixed(parts > 2 ? 3 : 0))}s`;
  const words: string[] = [];
  let rest = microseconds;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count}${unit}`);
  }
  return words.slice(0, parts).join(' ');
}

/** `timestamp` (µs since the epoch) in the local time zone: `Thu 2026-01-08 12:00:00 CET`. */
export function localTime(timestamp: number): string {
  const date = new Date(timestamp / 1000);
  const part = new Map(
    localFormat()
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  );
  const day = `${part.get('weekday')} ${part.get('year')}-${part.get('month')}-${part.get('day')}`;
  return `${day} ${part.get('hour')}:${part.get('minute')}:${part.get('second')} ${part.get('timeZoneName')}`;
}

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = [
  ['d', DAY],
  ['h', HOUR],
  ['min', MINUTE],
  ['s', SECOND],
] as const;

/** Made when needed only: it costs milliseconds. */
function localFormat(): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
}
