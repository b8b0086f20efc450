import { type Logger, pino } from 'pino';
import { messageOf } from '../model/errors.ts';
import { Repeats } from '../model/repeats.ts';
import { sanitize, shortened } from '../model/text.ts';

/** Syslog priorities of pino's levels: journald reads them from a `<N>` prefix (sd-daemon(3)) and strips it. */
const PRIORITIES: Readonly<Record<string, string>> = {
  10: '<7>',
  20: '<7>',
  30: '<6>',
  40: '<4>',
  50: '<3>',
  60: '<2>',
};

const WARN = 40;
const FATAL = 60;

/** Characters of each text in a line. */
const MAX_TEXT = 4000;

/**
 * JSON lines on standard error; under systemd each with its priority, so that `journalctl -p warning` works.
 *
 * Whatever went wrong, and whoever made it go wrong, a line has a bound, and only text that can be shown. A failure that
 * repeats (a warning or error with `err`, or that is nothing but a message) is told less and less often, with `times` it
 * was seen. Where it was thrown is told at level debug only, and of what ends the daemon.
 */
export function createLog(level: string, write = toStandardError()): Logger {
  // Set by systemd where the stream goes to the journal (systemd.exec(5)).
  const toJournal = process.env.JOURNAL_STREAM !== undefined;
  const repeats = new Repeats();
  return pino(
    {
      level,
      // journald knows the time and the process.
      base: null,
      timestamp: toJournal ? false : pino.stdTimeFunctions.isoTime,
      // Ours is made below.
      serializers: { err: error => error },
      hooks: {
        logMethod(args: unknown[], method, level) {
          const [line, message] = typeof args[0] === 'object' ? args : [{}, args[0]];
          const { err, ...fields } = line as Record<string, unknown>;
          let text = clean(String(message));
          let times: number | undefined;
          const isFailure = err !== undefined || typeof args[0] === 'string';
          if (isFailure && level >= WARN && level < FATAL) {
            times = repeats.count(`${level} ${fields.name} ${fields.action} ${text}`);
            if (times === undefined) return;
            if (times > 1) text = `${text} (seen ${times} times)`;
          }
          const withStack = level >= FATAL || this.isLevelEnabled('debug');
          const shown = {
            ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, bounded(value)])),
            ...(err !== undefined && { err: describe(err, withStack) }),
            ...(times !== undefined && times > 1 && { times }),
          };
          method.apply(this, [shown, text]);
        },
      },
    },
    { write: line => write(toJournal ? `${priorityOf(line)}${line}` : line) },
  );
}

function toStandardError(): (line: string) => void {
  const output = pino.destination({ fd: 2, sync: true });
  return line => output.write(line);
}

/** An error as plain data. */
function describe(error: unknown, withStack: boolean): object {
  if (!(error instanceof Error)) return { type: typeof error, message: clean(String(error)) };
  const code = 'code' in error ? { code: bounded(error.code) } : {};
  const stack = withStack && error.stack !== undefined ? { stack: shortened(error.stack, MAX_TEXT) } : {};
  return { type: error.name, message: clean(messageOf(error)), ...code, ...stack };
}

function bounded(value: unknown): unknown {
  return typeof value === 'string' ? clean(value) : value;
}

function clean(text: string): string {
  return sanitize(shortened(text, MAX_TEXT));
}

/** pino puts the level first. */
function priorityOf(line: string): string {
  return PRIORITIES[/^\{"level":(\d+)/.exec(line)?.[1] ?? ''] ?? '<6>';
}
