import { join } from 'node:path';
import { execa } from 'execa';

const MAIN = join(import.meta.dirname, '../../src/ctl/main.ts');

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** Runs the real nspawnctl, with no bus to talk to. */
export async function nspawnctl(
  args: readonly string[],
  options: { input?: string; cwd?: string } = {},
): Promise<Ended> {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [MAIN, ...args], {
    reject: false,
    env: { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent/bus', NO_COLOR: '1' },
    ...options,
  });
  return { stdout, stderr, exitCode };
}

/** The same through a shell, `nspawnctl` being a word of it. */
export async function shell(script: string): Promise<Ended> {
  const setUp = `nspawnctl() { '${process.execPath}' '${MAIN}' "$@"; }`;
  const { stdout, stderr, exitCode } = await execa('bash', ['-c', `${setUp}; ${script}`], { reject: false });
  return { stdout, stderr, exitCode };
}
