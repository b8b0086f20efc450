import { lastWords } from './text.ts';

const TIMEOUT_MS = 3000;
const MAX_BYTES = 256 * 1024;

/**
 * The last lines that an invocation of a unit wrote, from the guest's journal; '' when there is nothing to be had.
 * machined hands the guest's root to journalctl, so that this works without any right to enter the guest.
 */
export async function outputOf(guest: string, invocation: string): Promise<string> {
  if (!/^[0-9a-f]{32}$/.test(invocation)) return '';
  // Loaded when it is first needed: it is a tenth of the daemon's memory.
  const { execa } = await import('execa');
  const { stdout } = await execa(
    'journalctl',
    [
      `--machine=${guest}`,
      `_SYSTEMD_INVOCATION_ID=${invocation}`,
      '--lines=20',
      '--output=cat',
      '--no-pager',
      '--quiet',
    ],
    { timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, killSignal: 'SIGKILL', reject: false, stdin: 'ignore' },
  );
  return lastWords(stdout);
}
