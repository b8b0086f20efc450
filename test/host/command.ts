import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

export interface CommandOptions {
  /** Name or UID of the user in the host; root if absent. */
  user?: string | number | undefined;
  env?: Record<string, string> | undefined;
  /** What it reads; a pipe if absent. */
  input?: string | Uint8Array | undefined;
}

const ENVIRONMENT = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ...['LANG=C.UTF-8', 'TERM=dumb', 'SYSTEMD_PAGER=', 'SYSTEMD_COLORS=0'],
];
const OUTPUT_BYTES = 256 * 1024 * 1024;

/** A command in the namespaces of a host. Disposing it kills it. */
export class Command implements AsyncDisposable {
  /** The execa subprocess: its `stdin`, `stdout`, `stderr`, and the promise of its result, which never rejects. */
  readonly process: ReturnType<typeof start>;

  constructor(leader: number, argv: readonly string[], options: CommandOptions = {}) {
    this.process = start(leader, argv, options);
  }

  /**
   * Sends the signal to the command itself, which is the child of nsenter. Were nsenter killed, the child would be
   * left to the machine's init, and some of these reap so late that stopping the host has to wait for it.
   */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { pid } = this.process;
    if (pid === undefined || this.process.exitCode !== null) return;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    const targets = children.trim() === '' ? [pid] : children.trim().split(' ').map(Number);
    for (const target of targets) signalIfThere(target, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.process;
  }
}

function start(leader: number, argv: readonly string[], options: CommandOptions) {
  const { input } = options;
  return execa('nsenter', enter(leader, argv, options), {
    reject: false,
    maxBuffer: OUTPUT_BYTES,
    ...(input === undefined ? {} : { input }),
  } as const);
}

/** The kernel kills the command when nsenter dies, as with this process. */
function enter(
  leader: number,
  argv: readonly string[],
  { user = 'root', env = {} }: CommandOptions,
): string[] {
  const namespaces = ['-m', '-p', '-n', '-i', '-u', '-C', '-r', '-w'];
  const setpriv = ['setpriv', '--pdeathsig', 'KILL', ...identity(String(user))];
  const home = `HOME=${user === 'root' ? '/root' : '/'}`;
  const environment = [...ENVIRONMENT, home, ...Object.entries(env).map(([key, value]) => `${key}=${value}`)];
  return ['-t', String(leader), ...namespaces, ...setpriv, 'env', '-i', ...environment, ...argv];
}

/** A number need not be a user that exists: it gets the group of the same number. */
function identity(user: string): string[] {
  if (user === 'root') return [];
  const groups = /^\d+$/.test(user) ? '--clear-groups' : '--init-groups';
  return [`--reuid=${user}`, `--regid=${user}`, groups];
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
