/** Of so many lines the last one worth quoting is looked for. */
const LINES = 40;
const LENGTH = 200;

/** The last lines of a machine in its unit's present invocation, as plain text: the guest's console, and errors of nspawn's. */
export async function lastLinesOf(unit: string, invocation: string): Promise<string[]> {
  const text = await lastLines(unit, matches(unit, invocation));
  return text
    .split('\n')
    .map(plain)
    .filter(line => line !== '');
}

/**
 * Whether systemd in the guest brought an invocation of the unit to its end in good order: what it says right before it
 * ends is the last line on the console. Read after the unit's end, and after all that was written by then.
 */
export async function endedInOrder(unit: string, invocation: string): Promise<boolean> {
  await journalctl(unit, ['--sync']);
  return isOrderlyEnd(await lastLines(unit, consoleOf(own(unit, invocation))));
}

function lastLines(unit: string, matching: readonly string[]): Promise<string> {
  return journalctl(unit, [...matching, `--lines=${LINES}`, '--output=cat', '--no-pager', '--quiet']);
}

async function journalctl(unit: string, args: readonly string[]): Promise<string> {
  // Loaded when it is first needed: it is a tenth of the daemon's memory.
  const { execa } = await import('execa');
  try {
    const { stdout } = await execa('journalctl', args, { timeout: 3000, stdin: 'ignore' });
    return stdout;
  } catch (cause) {
    throw new Error(`cannot read the journal of ${unit}`, { cause });
  }
}

/** Whether the last of these lines that isn't blank is the last word of systemd-shutdown(8). */
export function isOrderlyEnd(text: string): boolean {
  const words = text.split('\n').map(plain);
  return LAST_WORD.test(words.findLast(line => line !== '') ?? '');
}

/**
 * What is to be quoted of these lines in a sentence: the last one that isn't blank or a success, as plain text of at most
 * 200 characters; '' when there is none.
 */
export function lastWords(lines: readonly string[]): string {
  const words = lines.map(plain);
  return shortened(words.findLast(line => line !== '' && !BOILERPLATE.test(line)) ?? '');
}

/**
 * The guest's console arrives on nspawn's standard output, and so does what nspawn says from inside the guest's
 * namespaces; from outside it writes to the journal itself, as does the process that is to become nspawn, under a name
 * in parentheses, when it can't (credentials). Not matched: PID 1, and what ExecStopPost= runs.
 */
function matches(unit: string, invocation: string): string[] {
  const writers = ['systemd-nspawn', '(systemd-nspawn)', '(d-nspawn)'].map(one => `SYSLOG_IDENTIFIER=${one}`);
  const errors = ['PRIORITY=0', 'PRIORITY=1', 'PRIORITY=2', 'PRIORITY=3'];
  const of = own(unit, invocation);
  return [...consoleOf(of), '+', of, ...writers, '_TRANSPORT=journal', ...errors];
}

function own(unit: string, invocation: string): string {
  return invocation === '' ? `_SYSTEMD_UNIT=${unit}` : `_SYSTEMD_INVOCATION_ID=${invocation}`;
}

function consoleOf(own: string): string[] {
  return [own, 'SYSLOG_IDENTIFIER=systemd-nspawn', '_TRANSPORT=stdout'];
}

/** What systemd in the guest says of its successes, how nspawn says that the guest is gone, and how its child says that of it. */
const BOILERPLATE =
  /^(\[ *OK *\]|Parent died too early$|Container \S+ (terminated by|failed with|exited|has been|is being) |See '.*' for details)/;

/** In front there may be the time, which systemd.log_time= of the guest adds. */
const LAST_WORD = /^(\[ *\d+\.\d+\] )?(Powering off|Halting system|Exiting container)\.$/;

const ESCAPES = new RegExp(
  [
    String.raw`\u001b\[[0-?]*[ -/]*[@-~]`, // colours, the cursor (CSI)
    String.raw`\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?`, // titles, systemd's contexts (OSC and its kin)
    String.raw`\u001b[ -/]*[0-~]`,
  ].join('|'),
  'g',
);

/** What a terminal would show of a line at last, without anything that changes how or where text is shown. */
function plain(line: string): string {
  const written = line
    .replace(ESCAPES, '')
    .replace(/^systemd-nspawn@\S+\.service: /, '')
    .split('\r')
    .map(part =>
      part
        .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
  return written.findLast(part => part !== '') ?? '';
}

function shortened(line: string): string {
  const characters = [...line];
  return characters.length <= LENGTH
    ? line
    : `${characters
        .slice(0, LENGTH - 1)
        .join('')
        .trimEnd()}…`;
}
