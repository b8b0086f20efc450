import { lastWords } from './text.ts';

const TIMEOUT_MS = 3000;
const SECOND = 1_000_000n;
const MAX_BYTES = 256 * 1024;

/**
 * The last lines that a unit wrote since a time, in µs since the epoch, from the guest's journal; '' when there is
 * nothing to be had. machined hands the guest's root to journalctl: this works without any right to enter the guest.
 */
export async function outputOf(guest: string, unit: string, since: bigint): Promise<string> {
  if (since <= 0n) return '';
  // Loaded when it is first needed: it is a tenth of the daemon's memory.
  const { execa } = await import('execa');
  const { stdout } = await execa(
    'journalctl',
    [
      `--machine=${guest}`,
      // Not by the invocation: journald doesn't find out that of a process which has ended by the time it looks.
      `_SYSTEMD_UNIT=${unit}`,
      `--since=@${since / SECOND}.${String(since % SECOND).padStart(6, '0')}`,
      '--lines=20',
      '--output=cat',
      '--no-pager',
      '--quiet',
    ],
    { timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, killSignal: 'SIGKILL', reject: false, stdin: 'ignore' },
  );
  return lastWords(stdout);
}
