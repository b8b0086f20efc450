import { journalctl } from './journalctl.ts';
import { lastWords } from './text.ts';

const SECOND = 1_000_000n;

/**
 * The last lines that a unit wrote since a time, in µs since the epoch, from the guest's journal; '' when there is
 * nothing to be had.
 */
export async function outputOf(guest: string, unit: string, since: bigint): Promise<string> {
  if (since <= 0n) return '';
  const output = await journalctl(guest, [
    // Not by the invocation: journald doesn't find out that of a process which has ended by the time it looks.
    `_SYSTEMD_UNIT=${unit}`,
    `--since=@${since / SECOND}.${String(since % SECOND).padStart(6, '0')}`,
    '--lines=20',
    '--output=cat',
    '--no-pager',
    '--quiet',
  ]);
  return lastWords(output);
}
