import { appendFile } from 'node:fs/promises';
import type { Host } from './host.ts';

/** With NSPAWND_TEST_STALLS=FILE, what kept the daemon's event loop for more than 50 ms is collected there, a line each. */
const FILE = process.env.NSPAWND_TEST_STALLS;

/** Has the daemon tell of stalls, which it does at log level debug; settings that a test writes win. */
export async function askForStalls(host: Host): Promise<void> {
  if (FILE) await host.write('/etc/nspawnd/nspawnd.json', '{ "logLevel": "debug" }');
}

/** To be called while the host is still up. A host that is down or broken has nothing to tell. */
export async function collectStalls(host: Host): Promise<void> {
  if (!FILE) return;
  const grep = ['journalctl', '-q', '-t', 'nspawnd', '-o', 'short-iso-precise', '-g', 'stood still for'];
  const { stdout } = await host.run(grep, { reject: false, timeoutMs: 10_000 });
  const lines = stdout.split('\n').filter(line => line !== '');
  await appendFile(FILE, lines.map(line => `${host.suite} ${host.name} ${line}\n`).join(''));
}
