import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import { HostBus, type PropertyWait, type SignalFilter, type SignalWatch } from './bus.ts';
import { Command, type CommandOptions } from './command.ts';
import { buildGuest, type GuestSpec } from './guests.ts';
import { installNspawnd } from './install.ts';
import { checkMachine } from './requirements.ts';
import { rootLayers, type Suite } from './root-tree.ts';
import { type GuestParts, type GuestSeed, guestSeed } from './seed.ts';
import { collectStalls } from './stalls.ts';
import { Supervisor } from './supervisor.ts';

const BOOT_MS = 60_000;
const RUN_MS = 60_000;
export interface HostOptions {
  suite: Suite;
  /** Its hostname. */
  name?: string;
  /** Remote path → local file or directory, seen read-only. */
  mounts?: Record<string, string>;
  /** false: an empty /nix, without the userland that guests are made of. */
  guests?: boolean;
}

export interface RunOptions extends CommandOptions {
  /** The command is killed then; 60 s if absent. */
  timeoutMs?: number;
  /** false: a failure is no error, look at `exitCode`. */
  reject?: boolean;
}

export interface Result {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/**
 * Boots a throwaway host. Rejects, with the reason, unless it comes up without a failed unit. The first host of a
 * suite takes a minute or two: see `prepare`.
 */
export async function bootHost(options: HostOptions): Promise<Host> {
  await checkMachine();
  const { suite, name = suite, mounts = {}, guests = true } = options;
  const layers = await rootLayers(suite);
  const seed = guests ? await seedOf(suite) : undefined;
  const supervisor = await Supervisor.start({ name, layers, seed: seed?.nix, mounts });
  const host = new Host(suite, name, supervisor, seed?.parts);
  try {
    const state = await host.booted();
    if (state === 'running') return host;
    const { stdout } = await host.run(['systemctl', 'list-units', '--failed', '--plain', '--no-legend']);
    throw new Error(`cannot boot a host of ${suite}: it is ${state}: ${stdout}`);
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** Makes what hosts of a suite are made of, and keeps it in a cache; at once when it is there. */
export async function prepare(suite: Suite): Promise<void> {
  await checkMachine();
  await rootLayers(suite);
  await seedOf(suite);
}

function seedOf(suite: Suite): Promise<GuestSeed> {
  return guestSeed(suite, mounts => bootHost({ suite, mounts, guests: false }));
}

/** A machine in namespaces: systemd as PID 1, D-Bus, networkd, machined, systemd-nspawn and Nix. */
export class Host implements AsyncDisposable {
  readonly suite: Suite;
  readonly name: string;
  readonly #supervisor: Supervisor;
  readonly #parts: GuestParts | undefined;
  #leader = 0;
  #bus: HostBus | undefined;

  constructor(suite: Suite, name: string, supervisor: Supervisor, parts: GuestParts | undefined) {
    this.#parts = parts;
    this.suite = suite;
    this.name = name;
    this.#supervisor = supervisor;
  }

  /** The PID of its PID 1 as seen from outside. */
  get leader(): number {
    return this.#leader;
  }

  /** Resolves when it is stopped, powered off or dead, and nothing of it is left. */
  get ended(): Promise<void> {
    return this.#supervisor.ended;
  }

  /** Runs a command in the host. Rejects with its stderr when it fails, unless `reject` is false. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
    const { timeoutMs = RUN_MS, reject = true, input = '' } = options;
    const command = this.spawn(argv, { ...options, input });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      command.kill().catch(console.error);
    }, timeoutMs);
    const {
      stdout,
      stderr,
      exitCode,
      shortMessage = '',
    } = await command.process.finally(() => clearTimeout(timer));
    if (late) throw new Error(failure(argv, `did not end within ${timeoutMs} ms`, stdout, stderr));
    if (exitCode === undefined) throw new Error(failure(argv, shortMessage, stdout, stderr));
    if (exitCode !== 0 && reject) throw new Error(failure(argv, `ended with ${exitCode}`, stdout, stderr));
    return { stdout, stderr, exitCode };
  }

  /** Runs a shell script with `set -eu`; its stdout. */
  async sh(script: string, options: RunOptions = {}): Promise<string> {
    return (await this.run(['bash', '-euo', 'pipefail', '-c', script], options)).stdout;
  }

  /** Starts a command that goes on: `await using monitor = host.spawn(['busctl', 'monitor'])`. */
  spawn(argv: readonly string[], options: CommandOptions = {}): Command {
    return new Command(this.#leader, argv, options);
  }

  async read(path: string): Promise<string> {
    return (await this.run(['cat', path])).stdout;
  }

  /** Writes a file, and the directories above it. Not atomic; what is there is overwritten in place. */
  async write(path: string, text: string, mode = 0o644): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")"; cat >"$1"; chmod "$2" "$1"';
    await this.run(['sh', '-euc', script, 'write', path, mode.toString(8)], { input: text });
  }

  /** Copies a local file, or what is in a local directory, to `remote`. Modes stay, owners become root. */
  async copyIn(local: string, remote: string): Promise<void> {
    const isDirectory = (await stat(local)).isDirectory();
    const [directory, entry] = isDirectory ? [local, '.'] : [dirname(local), basename(local)];
    const packed = await execa('tar', ['-C', directory, '-cf', '-', entry], {
      encoding: 'buffer',
      maxBuffer: 2 ** 30,
    });
    const [target, name] = isDirectory ? [remote, '.'] : [dirname(remote), basename(remote)];
    const script =
      'mkdir -p "$1"; tar -C "$1" --no-same-owner --no-overwrite-dir --transform "s,^$2$,$3," -xpf -';
    await this.run(['sh', '-euc', script, 'copyIn', target, entry, name], { input: packed.stdout });
  }

  /** The messages of the journal, of one unit or all, of all boots. */
  async journal(unit?: string): Promise<string> {
    const { stdout } = await this.run([
      'journalctl',
      '--no-pager',
      '-o',
      'short-precise',
      ...(unit ? ['-u', unit] : []),
    ]);
    return stdout;
  }

  /** Main PID of a unit, in the host's numbers. Rejects when it has none. */
  async pidOf(unit: string): Promise<number> {
    const { stdout } = await this.run(['systemctl', 'show', '-P', 'MainPID', unit]);
    if (Number(stdout) > 0) return Number(stdout);
    throw new Error(`cannot tell the main PID of ${unit}: it has no main process`);
  }

  /** Sends a signal to a process, or to the main process of a unit. */
  async kill(target: number | string, signal = 'KILL'): Promise<void> {
    const pid = typeof target === 'number' ? target : await this.pidOf(target);
    await this.run(['kill', '-s', signal.replace(/^SIG/, ''), String(pid)]);
  }

  /** The connection of this process to the host's bus; a new one after a reboot, or a restart of the bus. */
  async bus(): Promise<HostBus> {
    if (this.#bus === undefined || this.#bus.isLost) this.#bus = await HostBus.connect(this.#leader);
    return this.#bus;
  }

  /** Resolves when `until` holds for a property, which may hold already; to its value. */
  async waitForProperty<T = unknown>(wait: PropertyWait<T>): Promise<T> {
    return (await this.bus()).waitForProperty(wait);
  }

  /** Collects signals from when this resolves: do it before what causes them, then `await watch.next(…)`. */
  async watchSignals(filter: SignalFilter): Promise<SignalWatch> {
    return (await this.bus()).watch(filter);
  }

  async waitForUnit(unit: string, activeState: string, deadlineMs?: number): Promise<void> {
    await (await this.bus()).waitForUnit(unit, activeState, deadlineMs);
  }

  /**
   * Reboots: as an administrator does, or with `hard` as a power cut does. /etc, /var, /nix and all other files
   * stay, /run and /tmp are new. Resolves when it is up again, to its system state (`running`, `degraded`).
   */
  async reboot(options: { hard?: boolean; timeoutMs?: number } = {}): Promise<string> {
    await this.#leaveBus();
    const booted = this.booted(options.timeoutMs ?? 2 * BOOT_MS);
    booted.catch(() => undefined); // awaited below, unless the next line throws
    if (options.hard) await this.#supervisor.cutPower();
    else await this.run(['systemctl', 'reboot'], { reject: false });
    return booted;
  }

  /** Ends it as a power cut does. No process, mount or cgroup of it is left when this resolves. */
  async stop(): Promise<void> {
    await collectStalls(this);
    await this.#leaveBus();
    await this.#supervisor.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Puts the built daemon on the host as an administrator does; does not start it. */
  installNspawnd(): Promise<void> {
    return installNspawnd(this);
  }

  /** Builds a guest system with the host's Nix; the store path of its toplevel. */
  guest(spec: GuestSpec): Promise<string> {
    if (this.#parts === undefined)
      throw new Error('cannot build a guest: this host was booted without guests');
    return buildGuest(this, this.#parts, spec);
  }

  /** Points /nix/var/nix/profiles/NAME to a toplevel, as a new generation. */
  async setProfile(name: string, toplevel: string): Promise<void> {
    await this.run(['nix-env', '-p', `/nix/var/nix/profiles/${name}`, '--set', toplevel]);
  }

  /** Waits for the boot that is under way; its system state. */
  async booted(timeoutMs = BOOT_MS): Promise<string> {
    const state = await this.#supervisor.booted(timeoutMs);
    this.#leader = await this.#supervisor.leader();
    return state;
  }

  async #leaveBus(): Promise<void> {
    await this.#bus?.close();
    this.#bus = undefined;
  }
}

function failure(argv: readonly string[], what: string, stdout: string, stderr: string): string {
  return [`${argv.join(' ')}: ${what}`, stderr, stdout].filter(text => text !== '').join('\n');
}
