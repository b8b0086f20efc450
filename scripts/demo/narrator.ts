/** What the demo says: a title for each step, commands as one would type them, what they print, what that proves. */
import type { Host } from '../../test/host/index.ts';

const MARGIN = '    ';
const COLOURS = { bold: 1, dim: 2, green: 32, cyan: 36 } as const;

// https://no-color.org
const hasColour = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

export function paint(colour: keyof typeof COLOURS, text: string): string {
  return hasColour ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
}

export function title(text: string): void {
  console.log(`\n${paint('bold', `● ${text}`)}`);
}

function typed(command: string): void {
  console.log(`  ${paint('cyan', `$ ${command}`)}`);
}

/** A claim of the demo; it ends here when what was seen doesn't bear it out. */
export function prove(claim: string, holds: boolean): void {
  if (!holds) throw new Error(`this does not hold: ${claim}`);
  console.log(`  ${paint('green', `✓ ${claim}`)}`);
}

/** Runs a command in the host and shows it with its output, standard error included; to the output. */
export async function show(host: Host, command: string): Promise<string> {
  typed(command);
  const { stdout } = await host.run(['bash', '-c', `exec 2>&1; ${command}`], { reject: false });
  for (const line of stdout.split('\n').filter(isTelling)) console.log(`${MARGIN}${line}`);
  return stdout.trim();
}

/** Shows what the daemon has logged since `began` (Date.now()), each line with its time after that. */
export async function showLog(host: Host, began: number): Promise<void> {
  const since = ['--identifier=nspawnd', `--since=@${began / 1000}`];
  typed('journalctl -t nspawnd -o cat | jq -r .msg');
  await host.run(['journalctl', '--sync']);
  const { stdout } = await host.run(['journalctl', ...since, '--output=json', '--output-fields=MESSAGE']);
  for (const line of stdout.split('\n').filter(isTelling)) {
    const { MESSAGE, __REALTIME_TIMESTAMP } = JSON.parse(line) as Record<string, string>;
    const { msg } = JSON.parse(MESSAGE ?? '{}') as { msg: string };
    const after = Math.round(Number(__REALTIME_TIMESTAMP) / 1000 - began);
    console.log(`${MARGIN}${paint('dim', `+${String(after).padStart(3)} ms`)}  ${msg}`);
  }
}

/** The time since `began` (Date.now()): `0.62 s`. */
export function seconds(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(2)} s`;
}

/** Neither empty nor the links that `systemctl enable` reports. */
function isTelling(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('Created symlink');
}
