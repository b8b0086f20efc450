/** The last line that a unit's present invocation logged, '' when there is none to be had. */
export async function lastLineOf(unit: string, invocation: string): Promise<string> {
  // Loaded when it is first needed: it is a tenth of the daemon's memory.
  const { execa } = await import('execa');
  const match = invocation === '' ? [`--unit=${unit}`] : [`_SYSTEMD_INVOCATION_ID=${invocation}`];
  const { stdout } = await execa(
    'journalctl',
    [...match, '--lines=20', '--output=cat', '--no-pager', '--quiet'],
    {
      timeout: 3000,
      reject: false,
      stdin: 'ignore',
    },
  );
  const lines = stdout.split('\n').map(line => stripControl(line).trim());
  return lines.findLast(line => line !== '') ?? '';
}

/** A guest's console may send anything to its unit's log. */
function stripControl(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return line.replace(/\u001b\[[0-9;?]*[a-zA-Z]/g, '').replace(/[\u0000-\u001f\u007f]/g, ' ');
}
