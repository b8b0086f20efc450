import { type Logger, pino } from 'pino';

/** Syslog priorities of pino's levels: journald reads them from a `<N>` prefix (sd-daemon(3)) and strips it. */
const PRIORITIES: Readonly<Record<string, string>> = {
  10: '<7>',
  20: '<7>',
  30: '<6>',
  40: '<4>',
  50: '<3>',
  60: '<2>',
};

/** JSON lines on standard error; under systemd each with its priority, so that `journalctl -p warning` works. */
export function createLog(level: string): Logger {
  const output = pino.destination({ fd: 2, sync: true });
  // Set by systemd where the stream goes to the journal (systemd.exec(5)).
  const toJournal = process.env.JOURNAL_STREAM !== undefined;
  return pino(
    // journald knows the time and the process.
    { level, base: null, timestamp: toJournal ? false : pino.stdTimeFunctions.isoTime },
    { write: line => output.write(toJournal ? `${priorityOf(line)}${line}` : line) },
  );
}

/** pino puts the level first. */
function priorityOf(line: string): string {
  return PRIORITIES[/^\{"level":(\d+)/.exec(line)?.[1] ?? ''] ?? '<6>';
}
