import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Assignment, type Report, readPosition } from './assignment.ts';
import type { Failures } from './failures.ts';

/** A case that takes longer hangs: its process is ended, and another one goes on with the next case. */
const HANG_MS = 20_000;
const LOOK_MS = 200;
const MEMORY_MB = 512;
const MOST_SAID = 4096;

/** One process, until all is done, the time is up, or a case ends it; resolves to the case to go on with. */
export function runWorker(
  assignment: Assignment,
  failures: Failures,
  progress: (at: number) => void,
): Promise<number> {
  const { from, workspace, target } = assignment;
  const file = join(workspace, 'position');
  rmSync(file, { force: true });
  // Such as --no-opt, to interpret as the daemon does.
  const flags = process.execArgv.filter(argument => argument.startsWith('--no-'));
  const worker = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(assignment)], {
    execArgv: [...flags, `--max-old-space-size=${MEMORY_MB}`],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const position = () => readPosition(file) ?? from;
  let seen = from;
  let since = performance.now();
  let hangs = false;
  const timer = setInterval(() => {
    const at = position();
    progress(at);
    if (at !== seen) [seen, since] = [at, performance.now()];
    hangs = performance.now() - since >= HANG_MS;
    if (hangs) worker.kill('SIGKILL');
  }, LOOK_MS);
  let next: number | undefined;
  worker.on('message', (message: Report) => {
    if ('next' in message) next = message.next;
    else failures.add(message);
    if (failures.areEnough) worker.kill('SIGKILL');
  });
  let said = '';
  worker.stderr?.on('data', chunk => {
    said = (said + chunk).slice(-MOST_SAID);
  });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('close', (code, signal) => {
      clearInterval(timer);
      if (next !== undefined) return resolve(next);
      if (failures.areEnough) return resolve(position() + 1);
      if (readPosition(file) === undefined)
        return reject(new Error(`cannot run the target ${target}: ${said}`));
      const fatal = /FATAL ERROR: .*/.exec(said)?.[0] ?? `status ${code ?? signal}`;
      failures.add({
        at: position(),
        why: hangs ? `hangs: not done after ${HANG_MS} ms` : `ends the process: ${fatal}`,
      });
      resolve(position() + 1);
    });
  });
}
