import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { deadline } from './deadline.ts';
import { cgroupRoot } from './requirements.ts';

const STATE = '/run/nspawnd-test';
const SCRIPT = join(import.meta.dirname, 'machine.sh');
const CONSOLE_BYTES = 64 * 1024;

export interface Machine {
  name: string;
  /** Root layers, uppermost first. */
  layers: string[];
  /** Content for /nix, if any. */
  seed: string | undefined;
  /** Remote path → local file or directory, read-only. */
  mounts: Record<string, string>;
}

/** The processes of one host and what they say. Everything of it ends with this process, whatever ends that. */
export class Supervisor {
  /** Resolves when no process of the host is left, and nothing else of it. */
  readonly ended: Promise<void>;
  readonly #child: ReturnType<typeof start>;
  readonly #state: string;
  readonly #cgroup: string;
  #console = '';
  #isReady: (state: string) => void = () => undefined;

  private constructor(child: ReturnType<typeof start>, state: string, cgroup: string) {
    this.#child = child;
    this.#state = state;
    this.#cgroup = cgroup;
    this.ended = child.then(() => undefined);
    createInterface(child.stdout).on('line', state => this.#isReady(state));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#console = (this.#console + text).slice(-CONSOLE_BYTES);
    });
  }

  static async start(machine: Machine): Promise<Supervisor> {
    await mkdir(STATE, { recursive: true, mode: 0o700 });
    const id = `${machine.name}-${randomBytes(4).toString('hex')}`;
    const cgroups = await cgroupRoot();
    const cgroup = join(cgroups, `nspawnd-test-${id}`, 'host');
    return new Supervisor(start(machine, id, cgroups), join(STATE, id), cgroup);
  }

  /** What the host's PID 1 and the script wrote to the console: the end of it. */
  get console(): string {
    return this.#console;
  }

  /**
   * Resolves when the next boot of the host is done, to what `systemctl is-system-running` says: `running`,
   * `degraded`, … Call it before causing that boot. Rejects when the host ends, and after `ms`.
   */
  async booted(ms: number): Promise<string> {
    using limit = deadline(ms, 'the host did not come up');
    const ready = new Promise<string>(resolve => {
      this.#isReady = resolve;
    });
    const ended = this.ended.then(() => Promise.reject(new Error('the host ended')));
    try {
      return await Promise.race([ready, ended, limit.expired]);
    } catch (cause) {
      throw new Error(`cannot boot a host; its console says:\n${this.#console}`, { cause });
    }
  }

  /** The PID of the host's PID 1, as this process sees it. */
  async leader(): Promise<number> {
    const pids = await readFile(join(this.#cgroup, 'init.scope/cgroup.procs'), 'utf8');
    for (const pid of pids.trim().split('\n')) if (await isInit(pid)) return Number(pid);
    throw new Error('cannot find PID 1 of the host: it does not run');
  }

  /** Ends all its processes at once; it boots again with the same disk. */
  async cutPower(): Promise<void> {
    const leader = await this.leader();
    await writeFile(join(this.#state, 'power-cut'), '');
    process.kill(leader, 'SIGKILL');
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.ended;
  }
}

function start({ name, layers, seed, mounts }: Machine, id: string, cgroups: string) {
  const binds = Object.entries(mounts).map(([remote, local]) => `${local}\t${remote}\n`);
  const env = {
    STATE,
    ID: id,
    CGROUPS: cgroups,
    LOWER: layers.join(':'),
    SEED: seed ?? '',
    BINDS: binds.join(''),
    HOST_NAME: name,
  };
  // Detached: an interrupt from the terminal must not end it before it has cleaned up.
  const options = { env, detached: true, stdin: 'pipe', buffer: false, reject: false } as const;
  return execa('sh', [SCRIPT, 'supervise'], options);
}

/** The last of its PIDs is the one in its own, innermost namespace. */
async function isInit(pid: string): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return /^NSpid:.*\t1$/m.test(status);
}
