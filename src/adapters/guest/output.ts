import { sanitize, shortened } from '../../model/text.ts';
import { journalctl } from './journalctl.ts';

const SECOND = 1_000_000n;
const MAX_LINE = 1024;
/** To make as much as that harmless takes 25 ms, if it is all that has to be taken out. */
const MAX_TEXT = 256 * 1024;

export interface LogQuery {
  readonly unit: string;
  /** µs since the epoch; by default all that there is. */
  readonly since?: bigint;
  /** At most so many, the last ones. */
  readonly lines: number;
  /** Also what the guest's service manager says of the unit. */
  readonly manager?: boolean;
  /**
   * Also what was logged under the name of the unit without its suffix: of a process that has ended by the time journald
   * looks for its unit, as systemd-sysctl has, nothing else is known. What is written to standard output has its unit.
   */
  readonly named?: boolean;
}

/**
 * The last lines that a unit wrote, from the guest's journal, each at most 1024 characters long; none when there is
 * nothing to be had.
 */
export async function linesOf(guest: string, query: LogQuery): Promise<string[]> {
  const { unit, since, lines, manager = false, named = false } = query;
  const time = since && `${since / SECOND}.${String(since % SECOND).padStart(6, '0')}`;
  const output = await journalctl(guest, [
    // Not by the invocation: journald doesn't find out that of a process which has ended by the time it looks.
    `_SYSTEMD_UNIT=${unit}`,
    ...(manager ? ['+', '_PID=1', `UNIT=${unit}`] : []),
    ...(named ? ['+', `SYSLOG_IDENTIFIER=${unit.replace(/\.[a-z]+$/, '')}`] : []),
    ...(time === undefined ? [] : [`--since=@${time}`]),
    `--lines=${lines}`,
    '--output=cat',
    '--no-pager',
    '--quiet',
  ]);
  return output
    .slice(-MAX_TEXT)
    .split('\n')
    .slice(-lines)
    .map(line => shortened(sanitize(line.slice(0, 2 * MAX_LINE)), MAX_LINE))
    .filter(line => line !== '');
}
